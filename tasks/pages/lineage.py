"""How the report came about: the manifests from the sources to these numbers, each with its digest and its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tasks.judging.models import RELEASE, TUNED
from tasks.judging.result import Result
from tasks.pages.provenance import MANIFESTS, SCORED
from tasks.pages.words import sample

_SCORED = f"data/{SCORED}"


@dataclass(frozen=True)
class Station:
    """A step on the way: where it is kept, how much it holds, and its digest (empty where there is none)."""

    name: str
    place: str
    holds: str
    digest: str


def stations(
    result: Result, words: Mapping[str, str], digests: Mapping[str, str], counts: Mapping[str, int], steps: int
) -> list[Station]:
    """From the sources to this report; what is neither counted nor digested is left out. `steps`: of the training."""
    return [*_manifests(digests, counts), *_models(words, digests, steps), _report(result, digests, counts)]


def _manifests(digests: Mapping[str, str], counts: Mapping[str, int]) -> Iterator[Station]:
    for manifest, (name, one, many) in MANIFESTS.items():
        place = f"data/{manifest}"
        if place in counts or place in digests:
            yield Station(name, place, _counted(counts.get(place), one, many), digests.get(place, ""))


def _models(words: Mapping[str, str], digests: Mapping[str, str], steps: int) -> Iterator[Station]:
    held = f"held against {words[RELEASE]}" if RELEASE in words else "no release yet"
    trained = f"{steps:,} steps; {held}" if steps else held
    yield Station("model", words[TUNED], trained, digests.get(words[TUNED], ""))


def _report(result: Result, digests: Mapping[str, str], counts: Mapping[str, int]) -> Station:
    rows = f"; {_counted(counts[_SCORED], 'row', 'rows')} of scores" if _SCORED in counts else ""
    return Station("this report", _SCORED, f"{sample(result)}{rows}", digests.get(_SCORED, ""))


def _counted(count: int | None, one: str, many: str) -> str:
    return "" if count is None else f"{count:,} {one if count == 1 else many}"
