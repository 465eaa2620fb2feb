import pytest

from tasks.sources import batch
from tasks.sources.batch import File, chunks, handfuls


def named(numbers: range) -> list[str]:
    return [f"{number:06d}.jpg" for number in numbers]


def test_a_file_in_the_middle_touches_one_shard() -> None:
    old = dict(chunks(dict.fromkeys(named(range(0, 20000, 2)), 0)))
    new = dict(chunks(dict.fromkeys(sorted([*named(range(0, 20000, 2)), "009001.jpg"]), 0)))
    changed = [key for key in new if new[key] != old.get(key)]
    assert len(old) > 10
    assert len(changed) == 1


def test_a_hundred_more_at_the_end_touch_no_shard_but_the_last() -> None:
    old = dict(chunks(dict.fromkeys(named(range(10000)), 0)))
    new = dict(chunks(dict.fromkeys(named(range(10100)), 0)))
    assert [key for key in old if new.get(key) != old[key]] in ([], [list(old)[-1]])


def test_chunks_hold_every_name_once_within_their_bounds() -> None:
    names = named(range(30000))
    found = [held for _, held in chunks(dict.fromkeys(names, 0))]
    assert [name for held in found for name in held] == names
    assert all(batch.FEWEST <= len(held) <= batch.MOST for held in found[:-1])
    assert len(names) / len(found) == pytest.approx(batch.MEAN, rel=0.3)


def test_large_files_make_short_chunks() -> None:
    found = [held for _, held in chunks(dict.fromkeys(named(range(40)), batch.LARGEST // 10))]
    assert [len(held) for held in found] == [10, 10, 10, 10]


def test_a_name_that_is_no_utf8_can_begin_a_chunk() -> None:
    assert [held for _, held in chunks({"\udcff.jpg": 1})] == [["\udcff.jpg"]]


def test_files_are_handed_on_in_handfuls_of_few_bytes() -> None:
    files = [File(str(number), b"abc") for number in range(5)]
    assert [len(hand) for hand in handfuls(iter(files), 5)] == [2, 2, 1]
