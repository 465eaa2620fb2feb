"""The same map over local processes: results in order, so that the number of workers changes no byte."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORTH = 16  # items below which starting a process costs more than it saves


class Pool:
    """`map` over worker processes that start on first need; one core or few items stay in this process."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._executor: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[T], R], items: list[T]) -> Iterator[R]:
        """function(item) for each item, in order; `function` and the items must be picklable."""
        if self.workers == 1 or len(items) < WORTH:
            return map(function, items)
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
