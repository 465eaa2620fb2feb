"""The same map over local processes: results in order, so that the number of workers changes no byte."""

import multiprocessing
import os
import time
from bisect import insort
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Seconds of work to come for which processes are started. Each computes for 1 to 1.5 s, imports and models, before it
# does anything: two are done sooner from 3 s of work on, and from 6 s on starting them adds no more than half to it.
# Seconds of the processor, as the start's are: on a busy machine as many pictures are as much work.
WORTH = 6.0


class Pool:
    """`map` over worker processes that start when that pays; with one core, or little work, all stays in this one."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._executor: ProcessPoolExecutor | None = None
        self._times: list[float] = []  # of each item in this process, the shortest first

    def map(self, function: Callable[[T], R], items: list[T]) -> Iterator[R]:
        """function(item) for each item, in order; `function` and the items must be picklable."""
        for number, item in enumerate(items):
            if self._executor is not None or (self.workers > 1 and self._to_come(len(items) - number) > WORTH):
                yield from self._executed(function, items[number:])
                return
            began = time.process_time()
            made = function(item)
            insort(self._times, time.process_time() - began)
            yield made

    def _to_come(self, left: int) -> float:
        """Seconds of work to expect: that of the items left, or as much again as there was.

        What later calls bring is not known, and is taken to be as long as what came before. Items left are taken to be
        like the median so far, as the first ones open the models; one alone tells nothing.
        """
        usual = self._times[(len(self._times) - 1) // 2] if len(self._times) > 1 else 0.0
        return max(left * usual, sum(self._times))

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
