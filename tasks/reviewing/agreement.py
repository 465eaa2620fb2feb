"""How far two reviewers agree beyond chance: Cohen's kappa over what both decided."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tasks.reviewing.decisions import LABEL, PAIR, Decision
from tasks.reviewing.opinions import of_kind, word

ENOUGH = 30  # decisions of both below which kappa says little: its standard error is 0.15 and more


@dataclass(frozen=True)
class Agreement:
    """Two reviewers, what they looked at (pair, or an attribute), on how many, kappa -1..1, None where undefined."""

    one: str
    other: str
    about: str
    n: int
    kappa: float | None

    @property
    def enough(self) -> bool:
        """Whether there are enough to go by."""
        return self.n >= ENOUGH


def kappa(one: Sequence[str], other: Sequence[str]) -> float | None:
    """(p_o - p_e) / (1 - p_e): the share of equal words beyond the one expected of independent reviewers.

    J. Cohen, "A coefficient of agreement for nominal scales", 1960. None where chance alone gives full agreement,
    each of them having said one and the same word throughout, and where there are none.
    """
    n = len(one)
    if not n:
        return None
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / n
    ours, theirs = Counter(one), Counter(other)
    # in whole numbers: a rounded 1 would be divided by almost 0
    chance = sum(count * theirs[name] for name, count in ours.items())
    return None if chance == n * n else (observed - chance / n**2) / (1 - chance / n**2)


def agreements(logs: Mapping[str, Sequence[Decision]]) -> list[Agreement]:
    """Every two reviewers on every subject that both decided something of, in order of subject and name."""
    pairs = [("pair", of, held) for of, held in of_kind(logs, PAIR).items()]
    labels = [(of.partition("/")[2], of, held) for of, held in of_kind(logs, LABEL).items()]
    both: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for about, _, held in [*pairs, *sorted(labels, key=lambda entry: entry[:2])]:
        for one, other in combinations(held, 2):
            both.setdefault((about, one, other), []).append((word(held[one]), word(held[other])))
    return [
        Agreement(one, other, about, len(words), kappa(*map(list, zip(*words, strict=True))))
        for (about, one, other), words in both.items()
    ]
