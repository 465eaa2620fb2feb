import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file, save_file

from tasks import finetune
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.shards import file_digest
from tasks.nets import architectures
from tasks.nets.hourglass import Hourglass
from tasks.nets.identity import IdentityNet
from tests.training.collection import build

ROOT = Path(__file__).parent.parent
TINY: dict[str, Any] = {
    "init": "scratch",
    "steps": 6,
    "batch": 2,
    "sizes": [32, 64],
    "warmup": 2,
    "threads": 1,
    "checkpoint_every": 2,
    "formats": [],
}
FILES = ("card.json", "critics.safetensors", "generator.onnx", "generator.safetensors", "history.csv")
CHEAP = {"identity": 0, "landmarks": 0, "perceptual": 0, "adversarial": 0}


def settle(folder: Path, **changes: Any) -> None:
    """A project folder with a tiny collection, untrained face networks and these parameters."""
    if not (folder / "data").is_dir():
        build(folder)
        (folder / "data/models").mkdir()
        torch.manual_seed(0)
        for name, net in (("identity", IdentityNet()), ("landmarks", Hourglass())):
            state = {key: tensor.contiguous() for key, tensor in net.state_dict().items()}
            save_file(state, folder / f"data/models/{name}.safetensors")
    sections = {"faces": {"backend": "dlib"}, "finetune": TINY | changes}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections))


def made(folder: Path) -> dict[str, bytes]:
    found = {name: (folder / "data/finetune" / name).read_bytes() for name in FILES}
    return found | {path.name: path.read_bytes() for path in (folder / "reports/samples/finetune").iterdir()}


def run(folder: Path, *launch: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *launch, "tasks.finetune"]
    return subprocess.run(command, cwd=folder, env=environment(), text=True, capture_output=True)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    settle(folder)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_training_leaves_its_files_and_no_part(finished: Path) -> None:
    assert sorted(p.name for p in (finished / "data/finetune").iterdir()) == sorted(FILES)
    assert not (finished / "data/finetune.part").exists()
    history = (finished / "data/finetune/history.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in history] == ["step", "1", "2", "3", "4", "5", "6"]
    terms = {"l1", "ssim", "perceptual", "identity", "skin", "landmarks", "adversarial", "critic", "lr"}
    assert set(history[0].split(",")) >= terms


def test_the_card_names_pairs_parameters_encoder_and_scores(finished: Path) -> None:
    card = json.loads((finished / "data/finetune/card.json").read_text())
    assert card["pairs"]["train"] == 3
    assert card["loss_encoder"]["name"] == card["landmark_net"]["name"] == "embedded"
    assert card["params"]["steps"] == card["steps"] == TINY["steps"]
    assert card["scores"].keys() == {"val_ssim_before", "val_ssim_after"}
    report = json.loads((finished / "reports/finetune.json").read_text())
    assert {"in": 4, "kept": 3, "steps": 6}.items() <= report.items()


def test_samples_show_photo_target_and_drawing_at_every_quarter(finished: Path) -> None:
    sheets = sorted((finished / "reports/samples/finetune").iterdir())
    assert [sheet.name for sheet in sheets] == [f"step-{step:06d}.png" for step in (0, 2, 3, 4, 6)]
    with Image.open(sheets[0]) as sheet:
        assert sheet.size == (3 * 64, 64)  # one validation pair


# From outside, a busy machine would deliver the signal whole steps later.
STRUCK = """
import os, signal, sys
from pathlib import Path
from tasks import finetune

replace = Path.replace

def struck(part, target):
    replace(part, target)
    if str(target).endswith(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

Path.replace = struck
finetune.main()
"""


@pytest.mark.parametrize(
    ("last", "steps"),
    [
        ("samples/step-000000.png", []),
        ("checkpoint-00000002.pt", ["2"]),
        ("checkpoint-00000006.pt", ["6"]),
        ("ready/card.json", ["6"]),
        ("data/finetune", ["6"]),
    ],
)
def test_killed_right_after_it_wrote_a_file_it_finishes_with_the_same_bytes(
    finished: Path, tmp_path: Path, last: str, steps: list[str]
) -> None:
    settle(tmp_path)
    killed = subprocess.run([sys.executable, "-c", STRUCK, last], cwd=tmp_path, env=environment())
    assert killed.returncode == -signal.SIGKILL
    again = run(tmp_path)
    assert again.returncode == 0, again.stderr
    assert re.findall(r"resumed at step (\d+)", again.stderr) == steps
    assert made(tmp_path) == made(finished)


def test_two_processes_train_what_one_does(finished: Path, tmp_path: Path) -> None:
    """Sums in another order round otherwise, and Adam makes much of little, so ways are compared, not bits."""
    settle(tmp_path)
    launch = ("accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1", "--module")
    done = run(tmp_path, *launch)
    assert done.returncode == 0, done.stderr
    assert [line[0] for line in history(tmp_path)] == [line[0] for line in history(finished)]
    start = architectures.new("animeganv2", 1).state_dict()
    one, two = (load_file(folder / "data/finetune/generator.safetensors") for folder in (finished, tmp_path))
    ways = [torch.cat([(state[name] - start[name]).flatten() for name in start]) for state in (one, two)]
    assert torch.nn.functional.cosine_similarity(ways[0], ways[1], dim=0) > 0.9


def history(folder: Path) -> list[list[str]]:
    return [line.split(",") for line in (folder / "data/finetune/history.csv").read_text().splitlines()]


def test_a_checkpoint_of_other_parameters_is_not_taken_up(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    weights = finished / "data/finetune/generator.safetensors"
    settle(tmp_path, init=str(weights), layers="head", steps=2, weights=CHEAP, checkpoint_every=1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tasks.training.run.publish", lambda *_: None)  # so that the part stays
    finetune.main()
    settle(tmp_path, init=str(weights), layers="head", steps=2, lr=0.5, weights=CHEAP)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    with caplog.at_level("INFO", "selfie2anime"):
        finetune.main()
    assert "training starts over" in caplog.text
    before, after = load_file(weights), load_file(tmp_path / "data/finetune/generator.safetensors")
    moved = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert moved and all(name.startswith(("block_e.1.", "block_e.2.", "out_layer.")) for name in moved)


def test_no_training_pair_is_an_error_that_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path)
    undecided = manifest.read(tmp_path / "data/pair.parquet", manifest.PAIR).to_pylist()
    rows = [row | {"status": "candidate"} for row in undecided]
    manifest.write_rows(rows, tmp_path / "data/pair.parquet", manifest.PAIR)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"pair\.teacher: cel"):
        finetune.main()


def test_frames_larger_than_the_crops_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, sizes=[64, 128])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"finetune.sizes holds 128.*set align.size: 128"):
        finetune.main()
    assert not (tmp_path / "data/finetune.part").exists()


def test_critics_of_an_earlier_training_go_on(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    critics = finished / "data/finetune/critics.safetensors"
    cheap = {"identity": 0, "landmarks": 0, "perceptual": 0}
    settle(tmp_path, steps=1, lr=1e-12, sizes=[32], weights=cheap, critic_init=str(critics))
    monkeypatch.chdir(tmp_path)
    finetune.main()
    before, after = load_file(critics), load_file(tmp_path / "data/finetune/critics.safetensors")
    kept = [name for name in before if name.endswith("original")]
    assert kept
    for name in kept:
        torch.testing.assert_close(after[name], before[name], atol=1e-6, rtol=0)
    card = (tmp_path / "data/finetune/card.json").read_text()
    assert json.loads(card)["critics"] == {"name": critics.name, "digest": file_digest(critics)}
    assert str(finished) not in card
    settle(tmp_path, steps=1, weights=cheap, critic_init=str(finished / "data/finetune/generator.safetensors"))
    with pytest.raises(UserError, match=r"finetune\.critic_init .* holds other critics"):
        finetune.main()
