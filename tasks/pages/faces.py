"""Which faces the report shows, and what it shows of each: photo, both drawings and target, with their scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.judging.judge import Case
from tasks.judging.result import BASE, TUNED, Result
from tasks.judging.summary import BY_NAME
from tasks.pages.picture import embedded_png
from tasks.pages.words import number


@dataclass(frozen=True)
class Shown:
    """A face as the page shows it; `target` is empty where there is no teacher's drawing."""

    label: str
    photo: str
    base: str
    tuned: str
    target: str
    identity: tuple[str, str]  # base, fine-tuned
    note: str


def typical(result: Result) -> int:
    """The face whose fine-tuned drawing has the median identity: neither the best nor the worst."""
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
    """The faces whose fine-tuned drawings score worst, the worst first."""
    values = result.columns[TUNED][name]
    badness = np.where(np.isnan(values), -np.inf, -values if BY_NAME[name].better == "high" else values)
    return [int(i) for i in np.argsort(-badness, kind="stable")[:count]]


def shown(cases: Sequence[Case], result: Result, chosen: Sequence[int], names: Sequence[str] = ()) -> list[Shown]:
    """The chosen faces; `names` are the scores that their note tells."""
    return [_shown(cases[i], result, i, names) for i in chosen]


def _shown(case: Case, result: Result, i: int, names: Sequence[str]) -> Shown:
    told = [f"{BY_NAME[name].title.split(' (')[0]} {_value(result, TUNED, name, i)}" for name in names]
    return Shown(
        label=f"face {i + 1}",
        photo=embedded_png(case.photo),
        base=embedded_png(case.outputs[BASE]),
        tuned=embedded_png(case.outputs[TUNED]),
        target=embedded_png(case.target) if case.target else "",
        identity=(_value(result, BASE, "identity", i), _value(result, TUNED, "identity", i)),
        note=", ".join(told),
    )


def _value(result: Result, model: str, name: str, i: int) -> str:
    return number(BY_NAME[name], float(result.columns[model][name][i]))
