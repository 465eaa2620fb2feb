import json
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from recipes import run
from tasks.core.errors import UserError
from tasks.core.params import parse
from tasks.deploy.export import save_weights
from tasks.distillation.embedding import Distillation
from tasks.distillation.landmarks import LandmarkDistillation
from tasks.nets.student import new_student
from tasks.training.plan import Plan

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("file", "section", "cls"),
    [
        ("base.yaml", "finetune", Plan),
        ("student.yaml", "finetune", Plan),
        ("identity.yaml", "identity", Distillation),
        ("landmarks.yaml", "landmarks", LandmarkDistillation),
    ],
)
def test_a_committed_recipe_is_known_to_its_stage(file: str, section: str, cls: type) -> None:
    values = yaml.safe_load((ROOT / "recipes" / file).read_text())[section]
    parse(section, Plan.complete(values) if cls is Plan else values, cls)


def test_the_working_copy_has_the_code_the_overlay_and_the_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    run.working_copy(tmp_path / "copy", Path("recipes/base.yaml"), tmp_path)
    values = yaml.safe_load((tmp_path / "copy/params.yaml").read_text())
    assert values["finetune"]["init"] == "scratch"
    assert values["ingest"]["sources"] == [
        {"kind": "folder", "path": str(tmp_path), "role": "photo", "batch": "photos"}
    ]
    assert (tmp_path / "copy/tasks/finetune.py").is_file() and (tmp_path / "copy/dvc.yaml").is_file()


def test_a_missing_folder_of_photos_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gone is no folder"):
        run.working_copy(tmp_path, Path("recipes/base.yaml"), tmp_path / "gone")


def test_weights_ship_in_half_precision_with_their_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "data/finetune"
    save_weights(new_student(0).state_dict(), made / "generator.safetensors")
    card: dict[str, dict[str, str]] = {name: {} for name in (*run.KEPT, "pairs")}
    card["params"]["architecture"] = "student"
    (made / "card.json").write_text(json.dumps(card))
    (made / "history.csv").write_text("step,l1\n1,0.5\n2,0.25\n")
    monkeypatch.chdir(tmp_path)
    run.ship(tmp_path, Path("student.safetensors"))
    assert {t.dtype for t in load_file("student.safetensors").values() if t.is_floating_point()} == {torch.float16}
    card = json.loads(Path("student.json").read_text())
    assert card["training"] == {"steps": 2, "last": {"step": "2", "l1": "0.25"}}
    assert "unclear rights" in card["licence"]
