"""What reviewers hold of each thing, and what follows where they agree."""

from collections.abc import Mapping, Sequence

from tasks.reviewing.decisions import PAIR, Decision, standing

Opinions = dict[str, Decision]  # reviewer -> what holds of theirs about one thing
REVIEWED = "review: "  # how the reasons of a reviewed pair begin, or go on
VERBS = {"accept": "accepts", "reject": "rejects"}


def of_kind(logs: Mapping[str, Sequence[Decision]], kind: str) -> dict[str, Opinions]:
    """What was decided of each thing of a kind, and not skipped or taken back; things and reviewers in order."""
    found: dict[str, Opinions] = {}
    for reviewer in sorted(logs):
        for decision in standing(logs[reviewer]).values():
            if decision.kind == kind and decision.act != "skip":
                found.setdefault(decision.of, {})[reviewer] = decision
    return dict(sorted(found.items()))


def word(decision: Decision) -> str:
    """What is compared between reviewers: a pair's act, a label's value."""
    return decision.act if decision.kind == PAIR else decision.value


def agreed(held: Opinions) -> str | None:
    """The word that all of them hold; None where they disagree."""
    words = {word(decision) for decision in held.values()}
    return words.pop() if len(words) == 1 else None


def status(held: Opinions) -> str:
    """What a pair becomes: accepted or rejected by all, a candidate still where they disagree."""
    return {"accept": "accepted", "reject": "rejected"}.get(agreed(held) or "", "candidate")


def spoken(held: Opinions) -> str:
    """Who holds what of a pair: 'review: ada accepts, bob rejects (pose)'."""
    parts = [
        f"{reviewer} {VERBS[decision.act]}" + (f" ({decision.value})" if decision.value else "")
        for reviewer, decision in held.items()
    ]
    return f"{REVIEWED}{', '.join(parts)}"


def unsigned(reasons: str | None) -> str:
    """Why a pair was proposed, without who holds what of it; empty where that is all there is."""
    return (reasons or "").partition(REVIEWED)[0].removesuffix("; ")


def values(labels: Mapping[str, Opinions]) -> dict[str, dict[str, str]]:
    """face_id -> attribute -> value, of the labels that all their reviewers agree on."""
    told: dict[str, dict[str, str]] = {}
    for of, held in labels.items():
        face, _, attribute = of.partition("/")
        if value := agreed(held):
            told.setdefault(face, {})[attribute] = value
    return told
