import shutil
import zipfile
from datetime import date
from pathlib import Path

import fsspec
import pytest
import yaml

from tasks import inventory
from tasks.core.errors import UserError
from tasks.reviewing import decisions
from tasks.reviewing.decisions import Decision, Log
from tasks.sources import policy, pseudonym

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data/sources").mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(**sections: object) -> None:
    given = yaml.safe_load(Path("params.yaml").read_text())
    Path("params.yaml").write_text(yaml.safe_dump({**given, **sections}))


def test_the_shipped_parameters_are_sound_and_need_no_list() -> None:
    inventory.main()
    assert not inventory.LIST.exists()


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"evaluate": {"splitt": "test"}}, r"evaluate.splitt is unknown; did you mean split\?"),
        ({"finetune": {"steps": 0}}, "finetune.steps is 0 and finetune.epochs is 0; give one"),
        ({"stylize": {"strength": 2}}, "stylize.strength is 2.0; use 0"),
        ({"faces": {"margin": 0}}, "faces.margin is 0.0; use 0.5 to 2"),
        ({"faces": {"licence": "comercial"}}, r"faces.licence is 'comercial'; did you mean commercial\?"),
        ({"qualty": {}}, r"section qualty is unknown; did you mean quality\?"),
    ],
)
def test_a_mistake_in_any_section_is_found_before_a_stage_runs(sections: dict[str, object], said: str) -> None:
    change(**sections)
    with pytest.raises(UserError, match=said):
        inventory.main()


def test_a_folder_elsewhere_is_listed_and_a_new_file_changes_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"a")
    change(ingest={"sources": [{"kind": "folder", "path": str(folder)}]})
    inventory.main()
    before = inventory.LIST.read_text()
    assert before.splitlines()[1].startswith(f"{folder},a.jpg,1,")
    (folder / "b.jpg").write_bytes(b"b")
    inventory.main()
    assert inventory.LIST.read_text() != before


def test_a_folder_under_sources_needs_no_list(tmp_path: Path) -> None:
    folder = tmp_path / "data/sources/mine"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"a")
    change(ingest={"sources": [{"kind": "folder", "path": "data/sources/mine"}]})
    inventory.main()
    assert not inventory.LIST.exists()


def folder(tmp_path: Path, records: str = "") -> dict[str, object]:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.jpg").write_bytes(b"a")
    if records:
        (tmp_path / "elsewhere/records.csv").write_text(records)
    return {"kind": "folder", "path": "elsewhere"}


def test_an_archive_elsewhere_and_records_elsewhere_are_listed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as file:
        file.writestr("a.jpg", b"a")
    Path("mine.csv").write_text("name,licence\na.jpg,CC0-1.0\n")
    change(ingest={"sources": [{"kind": "archive", "path": "mine.zip", "records": "mine.csv"}]})
    inventory.main()
    lines = inventory.LIST.read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["place", "mine.csv", "mine.zip"]


def test_a_url_elsewhere_is_listed_by_what_its_store_says() -> None:
    with fsspec.open("memory://inventory/a.jpg", "wb") as file:
        file.write(b"abc")
    change(ingest={"sources": [{"kind": "folder", "path": "memory://inventory"}]})
    inventory.main()
    assert inventory.LIST.read_text().splitlines()[1].startswith("memory://inventory,a.jpg,3,2")


def test_the_day_is_written_only_where_consent_expires(tmp_path: Path) -> None:
    source = folder(tmp_path)
    change(ingest={"sources": [source]})
    inventory.main()
    assert not policy.TODAY.exists()
    change(ingest={"sources": [{**source, "consent": "7", "expires": "2999-01-01"}]})
    with pytest.raises(UserError, match=r"date.txt is missing, .*run `python -m tasks.inventory`"):
        policy.today()
    inventory.main()
    assert date.fromisoformat(policy.today()) >= date(2026, 1, 1)


def test_the_day_is_written_where_a_server_may_answer_later() -> None:
    Path("list.csv").write_text("url\nhttp://x.example/1\n")
    change(ingest={"sources": [{"kind": "urls", "path": "list.csv"}]})
    inventory.main()
    assert date.fromisoformat(policy.today()) >= date(2026, 1, 1)


def test_a_changed_secret_is_seen_and_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(ingest={"sources": [folder(tmp_path, "name,subject\na.jpg,Ada\n")]})
    marks = []
    for secret in ("correct horse battery", "battery staple horse"):
        monkeypatch.setenv(pseudonym.VARIABLE, secret)
        inventory.main()
        marks.append(inventory.SECRET.read_text())
        assert secret not in marks[-1]
    assert marks[0] != marks[1]


def test_a_name_that_is_no_utf8_is_listed(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "\udcff.jpg").write_bytes(b"a")
    change(ingest={"sources": [{"kind": "folder", "path": str(folder)}]})
    inventory.main()
    assert "xff.jpg,1," in inventory.LIST.read_text()


def test_what_reviewers_decided_since_is_taken_in() -> None:
    log = Log(decisions.LIVE / "ada.jsonl")
    for photo in "12":
        log.append(Decision("", "pair", f"{photo * 16}-0/{'a' * 16}-0", "accept"))
        inventory.main()
        assert decisions.logs(decisions.REVIEWS) == {"ada": log.decisions}
    log.close()
