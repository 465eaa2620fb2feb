"""The same map over local processes: results in order, so that the number of workers changes no byte."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORTH = 1.5  # seconds of work before processes are started: they cost as much before they do anything


class Pool:
    """`map` over worker processes that start on need; with one core, or little work, all stays in this process."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._executor: ProcessPoolExecutor | None = None
        self._worked = 0.0  # seconds in this process

    def map(self, function: Callable[[T], R], items: list[T]) -> Iterator[R]:
        """function(item) for each item, in order; `function` and the items must be picklable."""
        for number, item in enumerate(items):
            if self._executor is not None or (self.workers > 1 and self._worked > WORTH):
                yield from self._executed(function, items[number:])
                return
            began = time.perf_counter()
            made = function(item)
            self._worked += time.perf_counter() - began
            yield made

    def _executed(self, function: Callable[[T], R], items: list[T]) -> Iterator[R]:
        if self._executor is None:
            spawn = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self.workers, mp_context=spawn, initializer=_single_thread)
        return self._executor.map(function, items, chunksize=4)

    def close(self) -> None:
        """End the workers."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)


@contextmanager
def pool(workers: int | None = None) -> Iterator[Pool]:
    """A Pool whose processes end with the block."""
    made = Pool(workers)
    try:
        yield made
    finally:
        made.close()


def _single_thread() -> None:
    """Each worker has one core: libraries that start threads of their own would fight over it."""
    import cv2

    cv2.setNumThreads(1)
