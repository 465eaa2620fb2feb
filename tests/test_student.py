import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import yaml
from safetensors.torch import save_file

from tasks import student
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.deploy import export
from tasks.nets import architectures
from tasks.nets.identity import IdentityNet
from tasks.training.plan import Lesson
from tests.training.collection import build
from tests.training.small import OFF

TINY: dict[str, Any] = {
    "init": "scratch",
    "steps": 4,
    "batch": 2,
    "sizes": [32],
    "warmup": 1,
    "threads": 1,
    "formats": [],
    "weights": OFF | {"l1": 1},
}


def settle(folder: Path, **changes: Any) -> None:
    """A project folder with a tiny collection and a generator that was fine-tuned."""
    build(folder)
    (folder / "data/finetune").mkdir(exist_ok=True)
    (folder / "data/models").mkdir(exist_ok=True)
    torch.manual_seed(0)
    save_file(IdentityNet().state_dict(), folder / "data/models/identity.safetensors")
    export.save_onnx(architectures.new("animeganv2", 0).eval(), folder / "data/finetune/generator.onnx")
    sections = {"faces": {"backend": "dlib"}, "student": TINY | changes}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_student_learns_from_the_fine_tuned_generators_drawings(project: Path) -> None:
    student.main()
    lessons = manifest.read_all(project / "data/lessons", manifest.TEACHER)
    assert lessons["teacher"].unique().to_pylist() == ["finetune"] and len(lessons) == 5
    card = json.loads((project / "data/student/card.json").read_text())
    assert card["architecture"].startswith("student") and card["params"]["teacher"] == "finetune"
    session = onnxruntime.InferenceSession(project / "data/student/generator.onnx")
    drawing = session.run(None, {"photo": np.zeros((1, 3, 50, 70), np.float32)})[0]
    assert np.shape(drawing) == (1, 3, 50, 70)
    assert json.loads((project / "reports/student.json").read_text())["steps"] == 4


def test_the_second_run_draws_no_lesson_anew(project: Path) -> None:
    student.main()
    before = {path: path.stat().st_mtime_ns for path in (project / "data/lessons").iterdir()}
    made = (project / "data/student/generator.safetensors").read_bytes()
    student.main()
    assert {path: path.stat().st_mtime_ns for path in (project / "data/lessons").iterdir()} == before
    assert (project / "data/student/generator.safetensors").read_bytes() == made


@pytest.mark.parametrize("teacher", ["none", "finetuned"])
def test_a_teacher_that_is_none_is_refused(teacher: str) -> None:
    with pytest.raises(UserError, match=teacher):
        student.master(Lesson(steps=1, teacher=teacher), "any")


def test_faults_name_the_students_own_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, lr=-1)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"student\.lr is -1"):
        student.main()


def test_eight_bits_are_judged_and_said_on_the_card(project: Path) -> None:
    settle(project, formats=["fp16", "int8"])
    student.main()
    files = json.loads((project / "data/student/card.json").read_text())["files"]
    assert files["onnx"]["grey_levels_off"] < 1
    assert (project / "data/student/generator.fp16.onnx").is_file()
    assert files["int8"].keys() >= {"ships", "variant", "runtime", "identity_drop", "ssim", "faster"}
    assert (project / "data/student/generator.int8.onnx").is_file() == files["int8"]["ships"]
