import hashlib
import re
from pathlib import Path

import numpy as np

from tasks.pages import plots
from tests.pages.comparison import result

PAGES = Path(plots.__file__).parent


def rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def test_a_distribution_rises_from_the_first_face_to_all_of_them() -> None:
    table = rows(plots.tables(result(), {})["identity.csv"])
    assert table[0] == ["value", "base", "tuned"]
    values = np.array(table[1:], float)
    assert (np.diff(values, axis=0) >= 0).all()
    assert values[-1, 1:].tolist() == [1, 1]


def test_every_face_has_a_row() -> None:
    found = result()
    table = rows(plots.tables(found, {})["faces.csv"])
    assert [row[0] for row in table[1:]] == found.face_ids


def test_a_score_that_nothing_could_be_measured_by_is_an_empty_table() -> None:
    found = result()
    for model in ("base", "tuned"):
        found.columns[model]["ssim"][:] = np.nan
    assert plots.tables(found, {})["ssim.csv"] == "value,base,tuned\n"


def test_the_history_is_read_with_its_gaps_and_written_again(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("step,identity,l1\n1,,0.5\n2,0.25,0.4\n")
    history = plots.read_history(path)
    assert np.isnan(history["identity"][0])
    assert plots.tables(result(), history)["history.csv"] == path.read_text()


def test_no_history_is_no_columns(tmp_path: Path) -> None:
    assert plots.read_history(tmp_path / "history.csv") == {}


def test_the_page_of_dvc_plots_holds_the_scripts_that_its_licence_names() -> None:
    page, licence = (PAGES / "plots.html").read_text(), (PAGES / "plots.LICENSE").read_text()
    scripts = re.findall(r'<script data-from="([^"]+)">(.*?)</script>', page, re.S)
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in scripts}
    assert digests == dict(re.findall(r"(\S+@\S+) .* sha256 (\w{64})", licence))


def test_the_page_of_dvc_plots_loads_nothing_and_takes_the_plots() -> None:
    page = (PAGES / "plots.html").read_text()
    assert "{plot_divs}" in page
    assert "{scripts}" not in page
    assert "<script src" not in page
