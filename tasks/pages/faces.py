"""Which faces the report shows: a typical one, a sheet of many people, the worst by each score."""

import numpy as np
from numpy.typing import NDArray

from tasks.judging.models import TUNED
from tasks.judging.result import FLAGS, Result
from tasks.judging.summary import BY_NAME, PER_FACE


def typical(result: Result) -> int:
    """The face whose new drawing has the median identity: neither the best nor the worst."""
    order = np.argsort(result.columns[TUNED]["identity"], kind="stable")
    return int(order[len(order) // 2])


def spread(people: NDArray[np.str_], count: int) -> list[int]:
    """Up to `count` faces, as many people as possible: one face of each, then a second one, and so on."""
    turn: dict[str, int] = {}
    ranks = []
    for i, person in enumerate(people.tolist()):
        ranks.append((turn.get(person, 0), i))
        turn[person] = turn.get(person, 0) + 1
    return sorted(i for _, i in sorted(ranks)[:count])


def worst(result: Result, name: str, count: int) -> list[int]:
    """Up to `count` faces whose new drawings score worst, the worst first; of a yes or no those that failed.

    A face that could not be measured is none of them.
    """
    values = result.columns[TUNED][name]
    badness = -values if BY_NAME[name].better == "high" else values
    order = np.argsort(np.where(np.isnan(values), np.inf, -badness), kind="stable")
    fails = (values == (0 if BY_NAME[name].better == "high" else 1)) if name in FLAGS else ~np.isnan(values)
    return [int(i) for i in order if fails[i]][:count]


def worst_of_all(result: Result, count: int) -> dict[str, list[int]]:
    """Score -> its worst faces, for every score that was measured on a face."""
    measured = (name for name in PER_FACE if not np.isnan(result.columns[TUNED][name]).all())
    return {name: worst(result, name, count) for name in measured}
