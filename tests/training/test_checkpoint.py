import errno
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from tasks.core.errors import UserError
from tasks.training import checkpoint
from tasks.training.loop import Training
from tests.training.collection import build
from tests.training.small import plan, training


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build(tmp_path)
    return tmp_path


def advanced(root: Path, steps: int) -> Training:
    one, stream = training(plan(sizes=[32]), root)
    rows = one.run(stream.batches)
    for _ in range(steps):
        next(rows)
    return one


def saved(root: Path, steps: int, folder: Path) -> None:
    checkpoint.save(advanced(root, steps), folder, "key")


def resumed(root: Path, folder: Path, key: str = "key") -> int:
    one, _ = training(plan(sizes=[32]), root)
    checkpoint.resume(one, folder, key)
    return one.step


def test_the_newest_good_checkpoint_is_used_and_old_ones_go(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    for steps in (1, 2, 3):
        saved(root, steps, folder)
    assert [path.name for path in sorted(folder.iterdir())] == ["checkpoint-00000002.pt", "checkpoint-00000003.pt"]
    assert resumed(root, folder) == 3


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b[:-1] + b"?", lambda b: b[:0], lambda b: b[9:]]
)
def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    root: Path, tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "part"
    saved(root, 1, folder)
    saved(root, 2, folder)
    newest = folder / "checkpoint-00000002.pt"
    newest.write_bytes(damage(newest.read_bytes()))  # type: ignore[operator]
    assert resumed(root, folder) == 1
    assert "checkpoint-00000002.pt is damaged" in caplog.text


def test_damaged_checkpoints_do_not_stand_in_the_way_of_new_ones(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    for step in (500, 550):
        folder.mkdir(exist_ok=True)
        (folder / f"checkpoint-{step:08d}.pt").write_bytes(b"damaged")
    assert resumed(root, folder) == 0
    saved(root, 1, folder)
    assert resumed(root, folder) == 1


def test_a_checkpoint_of_another_training_is_not_taken_up(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    saved(root, 2, folder)
    assert resumed(root, folder, "of other parameters") == 0
    assert not list(folder.iterdir())


@contextmanager
def small_files() -> Iterator[None]:
    """The kernel refuses files beyond 100 kB: to a program that writes, a full quota. Also to pytest and its log."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_disk_without_room_stops_with_step_and_remedy_and_leaves_nothing_half(root: Path, tmp_path: Path) -> None:
    folder, one = tmp_path / "part", advanced(root, 1)
    said = r"no room for .*checkpoint-00000001\.pt at step 1 .*free some space"
    with small_files(), pytest.raises(UserError, match=said) as stopped:
        checkpoint.save(one, folder, "key")
    assert isinstance(stopped.value.__cause__, OSError) and stopped.value.__cause__.errno == errno.EFBIG
    assert not list(folder.iterdir())


def test_the_state_says_nothing_that_torch_would_have_to_execute(root: Path, tmp_path: Path) -> None:
    saved(root, 1, tmp_path)
    content = (tmp_path / "checkpoint-00000001.pt").read_bytes()[32:]
    (tmp_path / "plain.pt").write_bytes(content)
    state = torch.load(tmp_path / "plain.pt", weights_only=True)
    assert state["step"] == 1 and state["key"] == "key"
