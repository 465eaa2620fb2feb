"""What a controlled generator is asked for: words of the labels, sometimes left unsaid."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tasks.core import manifest
from tasks.faces.age import age_band
from tasks.faces.hair import COLOURS
from tasks.nets.condition import UNKNOWN, Vocabulary

Words = Mapping[str, str]


def vocabulary_of(control: tuple[str, ...], ages: Iterable[str], styles: Iterable[str]) -> Vocabulary:
    """What can be asked for: every colour of hair, and the age bands and the styles that there are, sorted.

    Strength is a number that every controlled generator is given, and has no words.
    """
    words = {"hair": COLOURS, "age": _sorted(ages), "style": _sorted(styles)}
    return Vocabulary(tuple((name, words[name]) for name in control if name in words))


def labels_of(path: Path) -> dict[str, Words]:
    """Hair, age band and style of every face; raises UserError when the labels are missing."""
    rows = manifest.read(path, manifest.LABEL, ["face_id", "hair", "age", "style"]).to_pylist()
    return {row["face_id"]: _told(row) for row in rows}


def asked(vocabulary: Vocabulary, said: Words) -> dict[str, str]:
    """Of what is said all that the vocabulary holds."""
    return {name: said[name] for name, words in vocabulary.words if said.get(name) in words}


def _told(row: dict[str, str | None]) -> Words:
    words = {name: row[name] or UNKNOWN for name in ("hair", "age", "style")}
    return words | {"age": age_band(words["age"])}


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word and word != UNKNOWN}))
