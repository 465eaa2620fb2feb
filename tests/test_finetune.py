import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from tasks import finetune
from tasks.core.errors import UserError
from tasks.core.params import parse
from tasks.nets.identity import IdentityNet
from tasks.training.recipe import Recipe
from tests.training.collection import build

ROOT = Path(__file__).parent.parent
TINY: dict[str, Any] = {
    "init": "scratch",
    "steps": 6,
    "batch": 2,
    "size": 32,
    "frames": 0.5,
    "warmup": 2,
    "threads": 1,
    "checkpoint_every": 2,
}
FILES = ("card.json", "generator.onnx", "generator.safetensors", "history.csv")


def settle(folder: Path, **changes: Any) -> None:
    """A project folder with a tiny collection, an untrained identity net and these parameters."""
    if not (folder / "data").is_dir():
        build(folder)
        (folder / "data/models").mkdir()
        torch.manual_seed(0)
        state = {name: tensor.contiguous() for name, tensor in IdentityNet().state_dict().items()}
        save_file(state, folder / "data/models/identity.safetensors")
    sections = {"faces": {"backend": "dlib"}, "finetune": TINY | changes}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections))


def made(folder: Path) -> dict[str, bytes]:
    return {name: (folder / "data/finetune" / name).read_bytes() for name in FILES}


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tasks.finetune"], cwd=folder, env=environment(), text=True, capture_output=True
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    settle(folder)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_training_leaves_its_four_files_and_no_part(finished: Path) -> None:
    assert sorted(p.name for p in (finished / "data/finetune").iterdir()) == sorted(FILES)
    assert not (finished / "data/finetune.part").exists()
    history = (finished / "data/finetune/history.csv").read_text().splitlines()
    assert len(history) == 1 + TINY["steps"]
    assert set(history[0].split(",")) >= {"step", "l1", "ssim", "perceptual", "identity", "adversarial", "lr"}


def test_the_card_names_pairs_parameters_encoder_and_scores(finished: Path) -> None:
    card = json.loads((finished / "data/finetune/card.json").read_text())
    assert card["pairs"]["train"] == 3
    assert card["loss_encoder"]["name"] == "embedded"
    assert card["params"]["steps"] == TINY["steps"]
    assert card["scores"].keys() == {"val_ssim_before", "val_ssim_after"}
    report = json.loads((finished / "reports/finetune.json").read_text())
    assert {"in": 4, "kept": 3, "steps": 6}.items() <= report.items()


def test_identity_counts_on_whole_frames_alone(finished: Path) -> None:
    header, *lines = [line.split(",") for line in (finished / "data/finetune/history.csv").read_text().splitlines()]
    column = header.index("identity")
    assert [bool(line[column]) for line in lines] == [False] * 3 + [True] * 3


def test_killed_anywhere_it_finishes_with_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    settle(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-m", "tasks.finetune"], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    )
    checkpoint, until = tmp_path / "data/finetune.part/checkpoint.pt", time.monotonic() + 60
    while not checkpoint.exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "data/finetune").exists()
    again = run(tmp_path)
    assert again.returncode == 0 and "resumed at step" in again.stderr, again.stderr
    assert made(tmp_path) == made(finished)


def test_a_checkpoint_of_other_parameters_is_not_taken_up(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settle(tmp_path, steps=2, weights={"perceptual": 0, "identity": 0, "adversarial": 0})
    part = tmp_path / "data/finetune.part/checkpoint.pt"
    part.parent.mkdir()
    torch.save({"key": "of another training", "step": 99}, part)
    monkeypatch.chdir(tmp_path)
    with caplog.at_level("INFO", "selfie2anime"):
        finetune.main()
    assert "starting over" in caplog.text
    assert (tmp_path / "data/finetune/generator.onnx").is_file()
    assert finished.is_dir()


def test_the_head_alone_moves_when_only_the_head_is_trained(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = finished / "data/finetune/generator.safetensors"
    settle(tmp_path, init=str(weights), layers="head", steps=2, weights={"identity": 0, "perceptual": 0})
    monkeypatch.chdir(tmp_path)
    finetune.main()
    before, after = load_file(weights), load_file(tmp_path / "data/finetune/generator.safetensors")
    moved = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert moved and all(name.startswith(("block_e.1.", "block_e.2.", "out_layer.")) for name in moved)


def test_numbers_that_overflow_stop_the_training_with_step_cause_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(tmp_path, lr=1e30, warmup=0, bf16=False, steps=40, checkpoint_every=1, weights={"identity": 0})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"left the numbers at step \d+: .* lower finetune\.lr"):
        finetune.main()
    assert (tmp_path / "data/finetune.part/checkpoint.pt").is_file()
    assert not (tmp_path / "data/finetune").exists()


def test_no_training_pair_is_an_error_that_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path)
    build(tmp_path, faces=0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"pair\.teacher: cel"):
        finetune.main()


BAD = [
    ({"layers": "tail"}, "finetune.layers is 'tail'; use head or all"),
    ({"steps": 0}, "finetune.steps is 0"),
    ({"size": 16}, "finetune.size is 16"),
    ({"frames": 1.5}, "finetune.frames is 1.5"),
    ({"lr": 0}, "finetune.lr is 0"),
    ({"average": 1}, "finetune.average is 1"),
    ({"identity_margin": 0}, "finetune.identity_margin is 0"),
    ({"weights": {"l1": -1}}, "finetune.weights.l1 is -1"),
    ({"weights": {"lpips": 1}}, "finetune.weights.lpips is unknown"),
    ({"step": 5}, "did you mean steps"),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_a_bad_parameter_is_refused_with_its_value(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as refused:
        parse("finetune", values, Recipe)
    assert message in str(refused.value)
