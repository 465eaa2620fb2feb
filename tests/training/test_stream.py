from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.splits import kept_back
from tasks.training.batch import Batch
from tasks.training.plan import Augment, Plan, Weights
from tasks.training.stream import Stream
from tests.training.collection import build, landmarks, picture

STILL = Augment(zoom=0.0, mirror=False, colour=0.0)
PLAN = Plan(steps=10, sizes=(64,), augment=Augment(light=0.3))


def load(root: Path, plan: Plan = PLAN, paired: bool = True) -> Stream:
    data = root / "data"
    pair, label = data / "pair.parquet", data / "label.parquet"
    return Stream(plan, paired, align=data / "align", teacher=data / "teacher", pair=pair, label=label)


def change(root: Path, **columns: list[object]) -> None:
    """Replace columns of the pair manifest."""
    path = root / "data/pair.parquet"
    table = manifest.read(path, manifest.PAIR)
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values, manifest.PAIR.field(name).type))
    manifest.write(table, path, manifest.PAIR)


def same(one: Batch, two: Batch) -> bool:
    pairs = [(getattr(one, f.name), getattr(two, f.name)) for f in fields(Batch)]
    return all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in pairs)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many")
    build(root, faces=20, drawings=7)
    return root


@pytest.mark.parametrize("paired", [True, False])
def test_a_stream_resumed_at_a_step_shows_what_an_unbroken_one_shows(many: Path, paired: bool) -> None:
    unbroken = list(load(many, paired=paired).batches(0))
    assert len(unbroken) == 10
    for step in (9, 4):
        assert same(next(load(many, paired=paired).batches(step)), unbroken[step])
    assert not torch.equal(unbroken[1].photos, unbroken[2].photos)
    other = load(many, replace(PLAN, seed=2), paired)
    assert not torch.equal(next(other.batches(1)).photos, unbroken[1].photos)


def test_processes_that_read_ahead_change_nothing(many: Path) -> None:
    plain, ahead = load(many).batches(6), load(many, replace(PLAN, workers=1)).batches(6)
    assert all(same(one, two) for one, two in zip(plain, ahead, strict=True))


def test_training_processes_share_a_batch_between_them(many: Path) -> None:
    batch = next(load(many).batches(3))
    parts = [next(load(many).batches(3, rank, 2)) for rank in (0, 1)]
    assert same(batch.part(0, 2), parts[0]) and same(batch.part(2, 4), parts[1])
    with pytest.raises(UserError, match=r"finetune\.batch is 4, to be shared by 3 processes; use a multiple of 3"):
        next(load(many).batches(0, 0, 3))


def test_reading_leaves_the_trainings_own_chance_alone(root: Path) -> None:
    before = torch.get_rng_state()
    next(load(root).batches(0))
    assert torch.equal(torch.get_rng_state(), before)


def test_photo_and_drawing_show_the_same_window(root: Path) -> None:
    batch = next(load(root, replace(PLAN, augment=Augment(zoom=0.3))).batches(0))
    torch.testing.assert_close(batch.drawings, -batch.plain, atol=2 / 127.5, rtol=0)  # drawings here are negatives
    assert not torch.equal(batch.photos, batch.plain)
    assert batch.photos.is_contiguous(memory_format=torch.channels_last)


def test_frames_grow_in_equal_shares_of_the_steps(root: Path) -> None:
    stream = load(root, replace(PLAN, sizes=(32, 48, 64), steps=6))
    assert [batch.photos.shape[-1] for batch in stream.batches(0)] == [32, 32, 48, 48, 64, 64]


def test_every_pair_is_seen_once_before_any_comes_again(root: Path) -> None:
    known = {picture(i).tobytes(): i for i in range(3)}
    stream = load(root, replace(PLAN, batch=1, steps=30, augment=STILL))
    seen: Counter[int] = Counter()
    for batch in stream.batches(0):
        pixels = (batch.photos[0].permute(1, 2, 0) + 1) * 127.5
        seen[known[np.rint(pixels.numpy()).astype(np.uint8).tobytes()]] += 1
    assert seen == {0: 10, 1: 10, 2: 10}


def test_an_unpaired_stream_shows_drawings_by_chance(many: Path) -> None:
    weights = Weights(adversarial=1.0)
    plan = replace(PLAN, recipe="animegan", weights=weights, augment=STILL)
    stream = load(many, plan, paired=False)
    drawn = {picture(1000 + i).tobytes() for i in range(7) if not kept_back(f"a{i:015x}-0")}
    assert 0 < len(drawn) < 7
    shown = set()
    for batch in stream.batches(0):
        assert batch.aligned.tolist() == [0.0] * 4
        pixels = np.rint(((batch.drawings.permute(0, 2, 3, 1) + 1) * 127.5).numpy()).astype(np.uint8)
        shown |= {pixel.tobytes() for pixel in pixels}
    assert shown == drawn


def test_an_unpaired_stream_without_drawings_says_what_to_add(root: Path) -> None:
    with pytest.raises(UserError, match="no drawing to learn a style from; add a source of role anime"):
        load(root, paired=False)


def test_skin_and_landmarks_lie_on_the_face_as_it_is_shown(root: Path) -> None:
    batch = next(load(root, replace(PLAN, sizes=(32,), augment=STILL)).batches(0))
    np.testing.assert_allclose(batch.points[0], (landmarks() + 0.5) / 2 - 0.5, atol=1e-5)
    x, y = batch.points[0, 30].round().int().tolist()
    assert batch.skin[0, 0, y, x] == 1 and batch.skin[0, 0, 0, 0] == 0
    assert 0.02 < float(batch.skin.mean()) < 0.2


def test_a_face_without_landmarks_has_no_skin(root: Path) -> None:
    path = root / "data/align/tiny.parquet"
    table = manifest.read(path, manifest.ALIGN)
    none = pa.array([[0.0] * 136] * 5, manifest.POINTS)
    manifest.write(table.set_column(table.column_names.index("landmarks68"), "landmarks68", none), path, manifest.ALIGN)
    batch = next(load(root).batches(0))
    assert not batch.skin.any() and not batch.points.any()


def test_whole_frames_are_shown_as_they_are(root: Path) -> None:
    frames = load(root).frames("val", 8)
    assert len(frames) == 1 and torch.equal(frames.photos, frames.plain)
    np.testing.assert_array_equal(np.rint((frames.photos[0].permute(1, 2, 0).numpy() + 1) * 127.5), picture(3))
    assert load(root).frames("test", 8, 32).drawings.shape == (1, 3, 32, 32)


def test_a_split_without_pairs_gives_a_batch_of_none(root: Path) -> None:
    change(root, split=["train"] * 5)
    frames = load(root).frames("val", 8)
    assert len(frames) == 0 and frames.skin.shape == (0, 1, 64, 64) and frames.wishes.shape == (0, 0)


def test_the_length_in_epochs_follows_from_the_pairs(many: Path) -> None:
    assert load(many, replace(PLAN, steps=0, epochs=2.0)).total == 6  # 12 training pairs, 4 at a time


def test_only_accepted_pairs_of_the_split_are_counted(root: Path) -> None:
    change(root, status=["accepted", "candidate", "rejected", "accepted", "accepted"])
    assert [load(root).count(name) for name in ("train", "val", "test")] == [1, 1, 1]


def test_pairs_by_matching_are_not_compared_pixel_by_pixel(root: Path) -> None:
    names = [f"{i:016x}-0" for i in range(5)]
    change(root, method=["match"] * 5, anime=[*names[1:], names[0]])
    assert next(load(root).batches(0)).aligned.tolist() == [0.0] * 4


def test_a_size_beyond_the_crops_is_refused(root: Path) -> None:
    with pytest.raises(UserError, match=r"finetune\.sizes holds 128, .* crops of 64 pixels; set align\.size: 128"):
        load(root).check(replace(PLAN, sizes=(64, 128)))


def test_nothing_to_learn_from_says_what_to_do(root: Path) -> None:
    change(root, status=["candidate"] * 5)
    with pytest.raises(UserError, match=r"no accepted training pair \(0 accepted\); set pair\.teacher: cel"):
        load(root)


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


def test_without_control_nothing_is_asked_for_and_labels_are_not_needed(root: Path) -> None:
    (root / "data/label.parquet").unlink()
    batch = next(load(root).batches(0))
    assert batch.wishes.shape == (4, 0) and batch.strength.tolist() == [1.0] * 4


def test_with_control_each_picture_asks_for_what_its_labels_say(many: Path) -> None:
    stream = load(many, replace(PLAN, control=("hair", "age", "style")))
    words = {name: list(known) for name, known in stream.vocabulary.words}
    assert words["age"] == ["18 to 29", "30 to 49"] and words["style"] == ["cel"]
    frames = stream.frames("val", 8)  # faces 3, 8, 13 and 18: ages 24, unknown, 31, 24; red, the drawings by cel
    asked = [np.flatnonzero(row).tolist() for row in frames.wishes.numpy()]
    red, young, older, cel = words["hair"].index("red"), 10, 11, 12
    assert asked == [[red, young, cel], [red, cel], [red, older, cel], [red, young, cel]]
    assert frames.strength.tolist() == [1.0] * 4


def test_while_it_learns_strengths_vary_and_some_wishes_stay_unsaid(many: Path) -> None:
    stream = load(many, replace(PLAN, batch=8, control=("style",)))
    batches = list(stream.batches(0))
    said, strength = (torch.cat([getattr(batch, name) for batch in batches]) for name in ("wishes", "strength"))
    assert 0.6 < float(said.mean()) < 0.95
    assert 0.3 < float((strength == 1).float().mean()) < 0.7 and float(strength.min()) < 0.3


def test_what_is_asked_for_is_part_of_the_digest_only_with_control(many: Path) -> None:
    plain, told = load(many), load(many, replace(PLAN, control=("hair",)))
    assert set(told.digests) - set(plain.digests) == {str(many / "data/label.parquet")}


def test_cutouts_come_first_and_say_that_no_face_need_be_whole(root: Path) -> None:
    given = replace(PLAN, sizes=(32,), batch=2, steps=4, cutouts=0.5)
    shown = [(len(batch), batch.faces, batch.photos.shape[-1]) for batch in load(root, given).batches(0)]
    assert shown == [(2, False, 32)] * 2 + [(2, True, 32)] * 2
