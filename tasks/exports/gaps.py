"""What a dataset lacks, in sentences: small groups, unknown labels, few people, unclear rights."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from tasks.core.manifest import ATTRIBUTES
from tasks.core.splits import SPLITS
from tasks.exports.folders import class_of
from tasks.exports.selection import Row, Selection, told
from tasks.faces.age import UNKNOWN

FEW_FACES, FEW_PEOPLE = 10, 5
GROUPS = ("age", "gender", "skin", "glasses", "expression")  # whose absence a model trained on this would show


def gaps(selection: Selection, shown: Sequence[Row], by: str = "") -> list[str]:
    """Everything that somebody who trains on this should know; `by`: the label that names ImageFolder's classes."""
    return [
        *split_gaps(shown),
        *group_gaps(shown),
        *unknown_gaps(shown),
        *consent_gaps(shown),
        *teacher_gaps(selection),
        *(class_gaps(selection, by) if by else []),
    ]


def split_gaps(shown: Sequence[Row]) -> list[str]:
    """Empty splits, and splits of few people."""
    counts = {split: len(names) for split, names in people(shown).items()}
    lines = [f"No photo is in the split {split}." for split, count in counts.items() if not count]
    few = [f"{split} {count}" for split, count in counts.items() if 0 < count < FEW_PEOPLE]
    return [*lines, f"Fewer than {FEW_PEOPLE} people: {', '.join(few)}."] if few else lines


def apart(shown: Sequence[Row]) -> str:
    """Whether the splits share a person, in a sentence."""
    sides = Counter(name for names in people(shown).values() for name in names)
    crossing = sum(count > 1 for count in sides.values())
    return f"**People in more than one split: {crossing:,}.**" if crossing else "No person is in two splits."


def people(shown: Sequence[Row]) -> dict[str, set[str]]:
    """The people of each split."""
    return {split: {row["person"] for row in shown if row["split"] == split} - {None} for split in SPLITS}


def group_gaps(shown: Sequence[Row]) -> list[str]:
    """Groups of photos with fewer than 10 faces."""
    photos = [row for row in shown if row["role"] == "photo"]
    lines = []
    for name in GROUPS:
        counts = Counter(value for row in photos if (value := told(row, name)) != UNKNOWN)
        few = [f"{value} ({count})" for value, count in sorted(counts.items()) if count < FEW_FACES]
        if few:
            lines.append(f"Groups of {name} with fewer than {FEW_FACES} photos: {', '.join(few)}.")
    return lines


def unknown_gaps(shown: Sequence[Row]) -> list[str]:
    """Attributes that are unknown for half of the photos or more."""
    photos = [row for row in shown if row["role"] == "photo"]
    counts = {name: sum(told(row, name) == UNKNOWN for row in photos) for name in ATTRIBUTES if name != "style"}
    most = [f"{name} ({count:,} of {len(photos):,})" for name, count in counts.items() if 2 * count >= len(photos) > 0]
    return [f"Unknown for half of the photos or more: {', '.join(most)}."] if most else []


def consent_gaps(shown: Sequence[Row]) -> list[str]:
    """Photos without a record of consent."""
    missing = sum(row["role"] == "photo" and not row["consent"] for row in shown)
    return [f"{missing:,} photos have no record of consent."] if missing else []


def teacher_gaps(selection: Selection) -> list[str]:
    """Drawings that no artist made."""
    drawn = sum(item.facts.get("method") == "teacher" for item in selection.items)
    return (
        [f"{drawn:,} of {len(selection.items):,} drawings were made by a program, not by an artist."] if drawn else []
    )


def class_gaps(selection: Selection, by: str) -> list[str]:
    """Classes that a split lacks: ImageFolder numbers the classes of each split on its own."""
    classes: dict[str, set[str]] = defaultdict(set)
    for item in selection.items:
        classes[item.split].update(class_of(item, role, by) for role in item.pictures)
    every = set().union(*classes.values())
    lacking = [f"{split} lacks {', '.join(sorted(every - has))}" for split, has in classes.items() if every - has]
    return [f"ImageFolder will number the classes of the splits differently: {'; '.join(lacking)}."] if lacking else []
