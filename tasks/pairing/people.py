"""Which faces are one person, and on which side of the split each is: decided in order of arrival, once.

A face joins what it is bound to among the faces before it: those of its subject on record, those it is alike with, and,
for the side alone, those of the same picture. It never moves them. A face bound to both sides of a border is left out
of training and test; it binds nobody. So nothing crosses, and a face that comes later changes no earlier one, however
the encoder chains them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.splits import SPLITS
from tasks.faces.backend import Embedding, Encoder

BLOCK = 512  # faces compared at a time: memory stays flat as the collection grows
DOUBT = 1e-4  # similarities this near the threshold are computed one by one: sums in blocks round by their shape
BETWEEN = "stands between people of two splits"

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Sighting:
    """What is on record of a face.

    key: its id. subject: "" where none is known. picture: the same for all faces that must be on one side, whoever
    they are: those of a picture and of its copies.
    """

    key: str
    subject: str
    picture: str

    @property
    def name(self) -> str:
        """What a person is called whose first face this is, and what their split is drawn from."""
        return self.subject or self.key


@dataclass(frozen=True)
class Place:
    """A face's person and split; the split is None where the face is BETWEEN."""

    person: str
    split: str | None


def places(
    faces: Sequence[Sighting], embeddings: Embedding, encoder: Encoder, least: float, side: Callable[[str], str]
) -> list[Place]:
    """Each face's place, given the faces in order of arrival, n x d embeddings and the split of a person by name.

    Two faces are alike from the similarity `least` on. Appending faces leaves the places of the others as they are.
    """
    found: list[Place] = []
    sides = np.zeros(len(faces), np.int8)  # 1 + number of the split; 0: none
    subjects: dict[str, Place] = {}
    pictures: dict[str, Place] = {}
    for row, (face, near) in enumerate(zip(faces, kin(embeddings, encoder, least), strict=True)):
        recorded, company = subjects.get(face.subject), pictures.get(face.picture)
        alike = [found[earlier] for earlier in _one_of_each(near, sides)]
        place = _settled(face, [recorded, *alike] if recorded else alike, company, side)
        found.append(place)
        if place.split is not None:
            sides[row] = 1 + SPLITS.index(place.split)
            pictures.setdefault(face.picture, place)
            if face.subject:
                subjects.setdefault(face.subject, place)
    return found


def kin(embeddings: Embedding, encoder: Encoder, least: float) -> Iterator[Rows]:
    """For each face, the rows before it whose similarity to it is `least` or more, in order."""
    for at in range(0, len(embeddings), BLOCK):
        block = embeddings[at : at + BLOCK]
        starts = range(0, at + 1, BLOCK)
        near = np.hstack([_near(block, embeddings[start : start + BLOCK], encoder, least) for start in starts])
        for row, line in enumerate(near, at):
            yield np.flatnonzero(line[:row])


def _near(a: Embedding, b: Embedding, encoder: Encoder, least: float) -> NDArray[np.bool_]:
    """Whether each row of a is alike with each of b: the same answer in any block, with any number of threads."""
    likeness = encoder.similarity(a, b)
    near = np.asarray(likeness >= least)
    for i, j in zip(*np.nonzero(np.abs(likeness - least) < DOUBT), strict=True):
        near[i, j] = encoder.similarity(a[i : i + 1], b[j : j + 1])[0, 0] >= least
    return near


def _one_of_each(near: Rows, sides: NDArray[np.int8]) -> list[int]:
    """The earliest of the rows on each side."""
    placed = near[sides[near] > 0]
    return [int(row) for row in placed[np.unique(sides[placed], return_index=True)[1]]]


def _settled(face: Sighting, known: list[Place], company: Place | None, side: Callable[[str], str]) -> Place:
    """The place of a face, from those of the same person, the best evidence first, and from that of its picture."""
    person = known[0].person if known else face.name
    splits = {place.split for place in [*known, *([company] if company else [])]}
    if len(splits) > 1:
        return Place(person, None)
    return Place(person, splits.pop() if splits else side(person))
