import os
import time

import pytest

from tasks.core import pool
from tasks.core.pool import Pool


def work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def slow(number: int) -> tuple[int, int]:
    work(0.02)
    return number, os.getpid()


def waiting(number: int) -> tuple[int, int]:
    time.sleep(0.02)
    return number, os.getpid()


def test_little_work_stays_in_this_process() -> None:
    workers = Pool(2)
    assert list(workers.map(slow, list(range(10)))) == [(number, os.getpid()) for number in range(10)]


def slow_at_first(number: int) -> tuple[int, int]:
    work(0.0 if number else 0.3)
    return number, os.getpid()


def test_much_work_is_foreseen_and_goes_to_others_and_comes_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH", 0.2)
    with pool.pool(2) as workers:
        first, then = list(workers.map(slow, list(range(20)))), list(workers.map(slow, list(range(3))))
    assert [number for number, _ in first] == list(range(20))
    assert first[0][1] == os.getpid()
    assert {process for _, process in [*first[2:], *then]}.isdisjoint({os.getpid()})


def test_a_first_item_that_opens_the_models_makes_no_work_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH", 0.6)
    assert {process for _, process in Pool(2).map(slow_at_first, list(range(20)))} == {os.getpid()}


def test_a_busy_machine_makes_no_work_of_what_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH", 0.2)
    assert {process for _, process in Pool(2).map(waiting, list(range(20)))} == {os.getpid()}


def test_many_small_calls_are_much_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH", 0.2)
    with pool.pool(2) as workers:
        found = [process for _ in range(12) for _, process in workers.map(slow, [1, 2])]
    assert found[0] == os.getpid()
    assert os.getpid() not in found[12:]


def test_one_worker_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH", 0.0)
    assert {process for _, process in Pool(1).map(slow, list(range(4)))} == {os.getpid()}
