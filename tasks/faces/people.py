"""Which faces are one person: by the subject on record, and where there is none by their embeddings."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tasks.faces.backend import Embedding, Encoder

BLOCK = 1024  # faces compared at a time: memory stays flat as the collection grows


def persons(
    face_ids: list[str], subjects: list[str], embeddings: Embedding, encoder: Encoder, least: float
) -> list[str]:
    """Each face's person, named by the group's smallest subject, or by its smallest face_id where none is on record.

    Two faces are one person when a record says so, or when their similarity reaches `least`. `embeddings` is n x d.
    """
    pairs = [*_recorded(subjects), *_alike(embeddings, encoder, least)]
    i, j = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(i), np.int8), (i, j)), shape=(len(face_ids), len(face_ids)))
    group = connected_components(graph, directed=False)[1]
    anchors: dict[int, tuple[bool, str]] = {}
    for number, face_id, subject in zip(group, face_ids, subjects, strict=True):
        name = (not subject, subject or face_id)  # a subject comes before any face_id
        anchors[number] = min(name, anchors.get(number, name))
    return [anchors[number][1] for number in group]


def _recorded(subjects: list[str]) -> list[tuple[int, int]]:
    """Each face with the first one of the same subject."""
    first: dict[str, int] = {}
    return [(first.setdefault(name, row), row) for row, name in enumerate(subjects) if name]


def _alike(embeddings: Embedding, encoder: Encoder, least: float) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for at in range(0, len(embeddings), BLOCK):
        near = encoder.similarity(embeddings[at : at + BLOCK], embeddings) >= least
        pairs += _upper(near, at)
    return pairs


def _upper(near: NDArray[np.bool_], at: int) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(near)
    return [(at + int(i), int(j)) for i, j in zip(rows, columns, strict=True) if at + i < j]
