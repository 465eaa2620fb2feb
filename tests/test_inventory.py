import shutil
from pathlib import Path

import pytest
import yaml

from tasks import inventory
from tasks.core.errors import UserError

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
        ({"finetune": {"steps": 0}}, "finetune.steps is 0; use 1 or more"),
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
