"""Clusters without chaining: every member is like its leader, and no two leaders are like each other.

Connected components would put a and c together because both are like b. Here the best picture leads, those like it
follow, and the best of the rest leads next: greedy leader clustering (Hartigan, "Clustering Algorithms", 1975). All
that are best among the candidates around them lead at once, as in the parallel greedy independent set (Blelloch,
Fineman and Shun, SPAA 2012), so that a few rounds of array operations do it. The result depends on the ranks alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.hamming import expanded

Positions = NDArray[np.int64]
Alike = Callable[[Positions, Positions], NDArray[np.bool_]]  # rows and rows -> whether each two are alike


@dataclass(frozen=True)
class View:
    """Who is a candidate for whom by one kind of hash: rows of one value, and rows of two near values."""

    value: Positions  # of each row, 0..values - 1
    values: int
    one: Positions  # near values, each pair once
    other: Positions

    def around(self, rank: Positions) -> Positions:
        """The best rank among each row's candidates, itself included."""
        own = np.full(self.values, len(rank) and rank.max() + 1, np.int64)
        np.minimum.at(own, self.value, rank)
        best = own.copy()
        np.minimum.at(best, self.one, own[self.other])
        np.minimum.at(best, self.other, own[self.one])
        return best[self.value]

    def followers(self, leads: Positions) -> tuple[Positions, Positions]:
        """Each lead with each of its candidates; no two leads may be candidates of each other."""
        lead = np.full(self.values, -1, np.int64)
        lead[self.value[leads]] = leads
        led = np.flatnonzero(lead >= 0)
        down, up = lead[self.one] >= 0, lead[self.other] >= 0
        ahead = np.concatenate([led, self.one[down], self.other[up]])
        behind = np.concatenate([led, self.other[down], self.one[up]])
        reached = np.zeros(self.values, np.bool_)
        reached[behind] = True
        rows = np.flatnonzero(reached[self.value])
        rows = rows[np.argsort(self.value[rows], kind="stable")]
        left, right = (np.searchsorted(self.value[rows], behind, side) for side in ("left", "right"))
        pair, place = expanded(left, right)
        return lead[ahead[pair]], rows[place]

    def among(self, rows: Positions) -> "View":
        """The same for some of the rows, values that none of them has left out."""
        used = np.zeros(self.values, np.bool_)
        used[self.value[rows]] = True
        place = np.cumsum(used) - 1
        both = used[self.one] & used[self.other]
        return View(place[self.value[rows]], int(used.sum()), place[self.one[both]], place[self.other[both]])


def leaders(rank: Positions, views: Sequence[View], alike: Alike) -> Positions:
    """The leader of each row, leaders their own; `rank` is a permutation, 0 the best.

    A row follows the best of the leaders that are its candidates by any of the views and, says `alike`, like it.
    """
    leader = np.full(len(rank), -1, np.int64)
    rows = np.arange(len(rank))
    while len(rows):
        ranks = rank[rows]
        best = np.minimum.reduce([view.around(ranks) for view in views])
        leads = np.flatnonzero(best == ranks)
        leader[rows[leads]] = rows[leads]
        one, other = _met(views, leads)
        same = alike(rows[one], rows[other])
        _follow(leader, rank, rows[one[same]], rows[other[same]])
        left = np.flatnonzero(leader[rows] < 0)
        views, rows = [view.among(left) for view in views], rows[left]
    return leader


def _met(views: Sequence[View], leads: Positions) -> tuple[Positions, Positions]:
    """Leads and the rows that they meet in any view, themselves left out."""
    met = [view.followers(leads) for view in views]
    one, other = (np.concatenate(side) for side in zip(*met, strict=True))
    apart = one != other
    return one[apart], other[apart]


def _follow(leader: Positions, rank: Positions, one: Positions, other: Positions) -> None:
    """Put each of `other` behind the best of those it is paired with."""
    worst_first = np.argsort(-rank[one], kind="stable")
    leader[other[worst_first]] = one[worst_first]  # of several assignments to a row, the last one stays
