import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks import label
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.manifest import ATTRIBUTES
from tasks.faces.attribute_nets import Models
from tasks.labelling import corrections, labeller
from tasks.reviewing.decisions import Decision, Log
from tests.labelling.faces import aligned, say, shard


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two photos, one with two faces, and a drawing; no network at hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(labeller, "models", lambda _licence: Models({}, {}))
    settings = {"label": {"attributes": list(ATTRIBUTES)}, "faces": {"backend": "dlib"}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings))
    shard(tmp_path, "first", [aligned(1), aligned(2), aligned(2, face=1), aligned(3, "anime")])
    return tmp_path


def labels() -> dict[str, dict[str, Any]]:
    return {row["face_id"][-3:]: row for row in manifest.read(label.OUT, manifest.LABEL).to_pylist()}


@pytest.mark.usefixtures("project")
def test_every_face_has_a_row_with_its_angles_and_colours() -> None:
    label.main()
    found = labels()
    assert list(found) == ["1-0", "2-0", "2-1", "3-0"]
    assert [found["2-1"][name] for name in ("yaw", "pitch", "roll")] == [1, 2, 3]
    assert [found["3-0"][name] for name in ("yaw", "eyes_open", "mouth_open")] == [None] * 3
    assert len(found["1-0"]["colours"]) == len(found["3-0"]["colours"]) == 9
    assert found["1-0"]["skin_origin"] == "rule:skin@1"
    assert found["3-0"]["style_origin"].startswith("rule:drawing_style@")


def test_an_attribute_that_is_not_asked_for_stays_unknown(project: Path) -> None:
    settings = {"label": {"attributes": ["hair"]}, "faces": {"backend": "dlib"}}
    (project / "params.yaml").write_text(yaml.safe_dump(settings))
    label.main()
    assert {row["skin"] for row in labels().values()} == {"unknown"}


def test_growth_measures_the_new_shard_alone_and_corrections_survive_it(project: Path) -> None:
    say(project, "p1.png,glasses,sunglasses", f"{2:016x}-1,age,44")
    label.main()
    first = (project / "data/attributes/first.parquet").stat().st_mtime_ns
    shard(project, "second", [aligned(4)])
    label.main()
    assert (project / "data/attributes/first.parquet").stat().st_mtime_ns == first
    found = labels()
    assert [found["1-0"][f"glasses{end}"] for end in ("", "_score", "_origin")] == ["sunglasses", 1.0, "person"]
    assert [found[face]["age"] for face in ("2-0", "2-1", "4-0")] == ["unknown", "44", "unknown"]


def test_step_by_step_gives_the_bytes_of_a_run_from_scratch(project: Path) -> None:
    label.main()
    shard(project, "second", [aligned(4)])
    say(project, "p4.png,mask,mask")
    label.main()
    step_by_step = label.OUT.read_bytes()
    for path in (*(project / "data/attributes").iterdir(), label.OUT):
        path.unlink()
    label.main()
    assert label.OUT.read_bytes() == step_by_step


def test_a_correction_of_a_picture_that_left_is_counted_and_waits(project: Path) -> None:
    say(project, f"{9:016x},mask,mask", f"{1:016x}-7,mask,mask", "p1.png,mask,mask")
    label.main()
    counts = json.loads(label.REPORT.read_text())
    assert (counts["corrected"], counts["unused"]) == (1, 2)
    shard(project, "second", [aligned(9)])
    label.main()
    assert labels()["9-0"]["mask"] == "mask"


def test_a_name_that_several_pictures_have_is_an_error_once_it_is_used(project: Path) -> None:
    shard(project, "second", [aligned(4), aligned(2)])  # the file of picture 2 in another batch is the same picture
    names = manifest.read_all(label.INGEST, manifest.INGEST).to_pylist()
    renamed = [row | {"name": "p1.png"} if row["id"] == f"{4:016x}" else row for row in names]
    manifest.write_rows(renamed[-2:], label.INGEST / "second.parquet", manifest.INGEST)
    assert label.names(corrections.read(say(project, "p2.png,mask,mask")))["p2.png"] == f"{2:016x}"
    with pytest.raises(UserError, match=rf"'p1.png' is the name of several pictures; give an id, such as {1:016x}"):
        label.names(corrections.read(say(project, "p1.png,mask,mask")))


def test_what_is_said_of_a_face_wins_over_its_picture(project: Path) -> None:
    say(project, f"{2:016x}-1,gender,male", "p2.png,gender,female")
    label.main()
    found = labels()
    assert [found[face]["gender"] for face in ("2-0", "2-1")] == ["female", "male"]


def test_reviewers_win_over_models_and_labels_csv_over_reviewers(project: Path) -> None:
    def review(name: str, *said: tuple[int, str, str]) -> None:
        log = Log(project / f"data/sources/reviews/{name}.jsonl")
        for number, attribute, value in said:
            log.append(Decision("", "label", f"{number:016x}-0/{attribute}", "accept", value))
        log.close()

    say(project, "p1.png,hair,red")
    review("ada", (1, "hair", "pink"), (1, "age", "30"), (2, "hair", "blue"), (3, "hair", "green"), (9, "hair", "red"))
    review("bob", (3, "hair", "pink"), (2, "hair", "blue"), (2, "age", "no number"))
    label.main()
    found = labels()
    assert [found[face]["hair"] for face in ("1-0", "2-0")] == ["red", "blue"]
    assert [found["1-0"][f"age{end}"] for end in ("", "_score", "_origin")] == ["30", 1.0, "person"]
    assert found["3-0"]["hair_origin"] != "person", "they disagree"
    counts = json.loads(label.REPORT.read_text())
    assert (counts["corrected"], counts["reviewed"], counts["unused"]) == (1, 3, 2)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("p11.png,mask,mask", "'p11.png' is in no batch; did you mean p1.png?"),
        ("p1.png,glases,none", "attribute 'glases' is unknown; did you mean glasses?"),
        ("p1.png,glasses,sunglases", "glasses 'sunglases' is unknown; did you mean sunglasses?"),
        ("p1.png,age,old", "age 'old' is no whole number of years from 0 to 120"),
        ("p1.png,age", "line 2 is"),
    ],
)
def test_a_mistyped_correction_is_an_error_that_names_the_nearest(project: Path, line: str, fault: str) -> None:
    say(project, line)
    with pytest.raises(UserError, match=fault.replace("?", r"\?")):
        label.main()
    assert not label.OUT.exists()
