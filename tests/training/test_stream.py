from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.training.paired import Judges, terms
from tasks.training.stream import Pairs
from tasks.training.recipe import Recipe, Weights
from tests.training.collection import build, picture


def load(root: Path) -> Pairs:
    return Pairs(root / "data/align", root / "data/teacher", root / "data/pair.parquet")


def change(root: Path, **columns: list[object]) -> None:
    """Replace columns of the pair manifest."""
    path = root / "data/pair.parquet"
    table = manifest.read(path, manifest.PAIR)
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values, manifest.PAIR.field(name).type))
    manifest.write(table, path, manifest.PAIR)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build(tmp_path)
    return tmp_path


def test_a_batch_is_a_function_of_seed_and_step_alone(root: Path) -> None:
    recipe = Recipe(size=32, steps=10, frames=0)
    one, two = load(root), load(root)
    for step in (3, 0):
        assert torch.equal(one.batch(recipe, step).photos, two.batch(recipe, step).photos)
    assert not torch.equal(one.batch(recipe, 1).photos, one.batch(recipe, 2).photos)
    assert not torch.equal(one.batch(recipe, 1).photos, one.batch(Recipe(size=32, steps=10, seed=2), 1).photos)


def test_photo_and_drawing_show_the_same_window(root: Path) -> None:
    batch = load(root).batch(Recipe(size=32, steps=10, frames=0), 0)
    assert batch.photos.shape == (4, 3, 32, 32) and not batch.whole
    torch.testing.assert_close(batch.drawings, -batch.photos)  # the tiny collection's drawings are negatives


def test_the_last_share_of_the_steps_shows_whole_frames(root: Path) -> None:
    recipe, pairs = Recipe(size=32, batch=8, steps=10, frames=0.3), load(root)
    shapes = [tuple(pairs.batch(recipe, step).photos.shape) for step in range(10)]
    assert shapes == [(8, 3, 32, 32)] * 7 + [(2, 3, 64, 64)] * 3


def test_every_pair_is_seen_once_before_any_comes_again(root: Path) -> None:
    pairs = load(root)
    known = {picture(i).tobytes(): i for i in range(3)} | {picture(i)[:, ::-1].tobytes(): i for i in range(3)}
    recipe = Recipe(size=64, batch=1, steps=30)
    seen: Counter[int] = Counter()
    for step in range(30):
        pixels = (pairs.batch(recipe, step).photos[0].permute(1, 2, 0) + 1) * 127.5
        seen[known[np.rint(pixels.numpy()).astype(np.uint8).tobytes()]] += 1
    assert seen == {0: 10, 1: 10, 2: 10}


def test_only_accepted_pairs_of_the_split_are_used(root: Path) -> None:
    change(root, status=["accepted", "candidate", "rejected", "accepted", "accepted"])
    pairs = load(root)
    assert [len(pairs.split(name)) for name in ("train", "val")] == [1, 1]


def test_pairs_by_matching_are_not_compared_pixel_by_pixel(root: Path) -> None:
    names = [f"{i:016x}-0" for i in range(5)]
    change(root, method=["match"] * 5, anime=[*names[1:], names[0]])
    batch = load(root).batch(Recipe(size=32, steps=10, frames=0), 0)
    assert batch.aligned.tolist() == [0.0] * 4
    recipe = Recipe(weights=Weights(perceptual=0, identity=0, adversarial=0))
    losses = terms(Judges(None, None, None), recipe, batch, torch.zeros_like(batch.photos), 1.0)
    assert all(value == 0 for value in losses.values())


def test_a_pair_without_its_pictures_is_named(root: Path) -> None:
    (root / "data/teacher/tiny.parquet").unlink()
    with pytest.raises(UserError, match="pair 0000000000000000-0 names pictures"):
        load(root)


def test_crops_of_two_sizes_are_refused(root: Path) -> None:
    table = manifest.read(root / "data/align/tiny.parquet", manifest.ALIGN)
    sizes = pa.array([64, 64, 64, 64, 128], pa.int32())
    table = table.set_column(table.column_names.index("size"), "size", sizes)
    manifest.write(table, root / "data/align/tiny.parquet", manifest.ALIGN)
    with pytest.raises(UserError, match=r"crops of \[64, 128\] pixels"):
        load(root)
