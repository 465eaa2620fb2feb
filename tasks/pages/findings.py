"""The gate as a reader meets it: what stops a release first, every number in the score's own unit."""

import re
from dataclasses import dataclass, replace

from tasks.judging.gate import STOPS, Finding, Gate
from tasks.judging.summary import BY_NAME, Metric
from tasks.pages.words import RIVALS, interval, number
from tasks.scores.interval import Interval

_NUMBER = re.compile(r"-?\d[\d.e-]*")
_RANKS = {"fail": 0, "unmeasured": 1, "pass": 2, "few": 3, "absent": 4}
WHY = {
    "unmeasured": "Nothing could be measured to hold against this limit, so it counts as not met.",
    "few": "Too few faces or people to decide anything.",
    "absent": "There is no such slice, or no such model to compare with.",
}


@dataclass(frozen=True)
class FindingLine:
    """A row of the gate's table."""

    finding: Finding
    title: str
    whom: str  # 'all faces', 'glasses: sunglasses', 'change against the last release'
    limit: str
    value: str
    interval: str
    why: str  # where nothing was decided

    @property
    def decided(self) -> bool:
        """Whether the limit counts at all."""
        return self.finding.outcome not in ("few", "absent")

    @property
    def stops(self) -> bool:
        """Whether it keeps the model from being released."""
        return self.finding.outcome in STOPS


def lines(gate: Gate) -> list[FindingLine]:
    """What fails on top, the clear failures first, then what barely passes and what passes; the undecided at the end.

    Of each the limits on all faces come before those on a slice.
    """
    return [_line(finding) for finding in sorted(gate.findings, key=_rank)]


def sentence(gate: Gate) -> str:
    """How many limits are met, and which are not."""
    if not gate.findings:
        return "evaluate.gate sets no limit, so nothing is held against the model."
    decided = [line for line in lines(gate) if line.decided]
    stopped = [line for line in decided if line.stops]
    if not stopped:
        met = f"{len(decided)} of {len(gate.findings)} limits could be decided, and all of them are met"
        rests = f"; but {gate.faces} faces of {gate.people} people are too few to release a model by"
        return f"{met}{rests if gate.few else ''}."
    named = "; ".join(f"{line.title} ({line.whom}) {line.value}, {line.limit}" for line in stopped[:3])
    more = f"; and {len(stopped) - 3} more" if len(stopped) > 3 else ""
    return f"{len(stopped)} of {len(decided)} limits not met: {named}{more}."


def _line(finding: Finding) -> FindingLine:
    metric, signed = _distinct(finding), bool(finding.than)
    measured = Interval(finding.value, finding.low, finding.high, finding.n, finding.people)
    return FindingLine(
        finding,
        metric.title,
        _whom(finding),
        _limit(finding),
        number(metric, finding.value, signed),
        interval(metric, measured, signed),
        WHY.get(finding.outcome, ""),
    )


def _rank(finding: Finding) -> tuple[int, bool, bool]:
    failed = finding.outcome == "fail"
    return _RANKS[finding.outcome], finding.close == failed, bool(finding.slice)


def _distinct(finding: Finding) -> Metric:
    """The score with as many digits as tell the value from its limits: '97 %, at least 97 %' fails for no reason."""
    metric = BY_NAME[finding.score]
    scale = 100 if metric.share else 1
    limits = {round(scale * float(limit), 6) for limit in _NUMBER.findall(finding.limit)}
    if round(scale * finding.value, 6) in limits:
        return metric
    enough = (n for n in range(metric.digits, 7) if round(scale * finding.value, n) not in limits)
    return replace(metric, digits=next(enough, metric.digits))


def _whom(finding: Finding) -> str:
    if finding.than:
        return f"change against {RIVALS[finding.than]}"
    return finding.slice.replace("=", ": ") or "all faces"


def _limit(finding: Finding) -> str:
    """The limit in words, in percent where the score is written so."""
    if not BY_NAME[finding.score].share:
        return finding.limit.replace("-", "−")
    unit = "\N{NO-BREAK SPACE}pp" if finding.than else "\N{NO-BREAK SPACE}%"
    return _NUMBER.sub(lambda found: f"{100 * float(found[0]):g}{unit}", finding.limit).replace("-", "−")
