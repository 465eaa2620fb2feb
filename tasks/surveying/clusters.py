"""The styles among the drawings: k-means over their style descriptors, the same clusters from the same drawings."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist

from tasks.core import manifest

MOST, LEAST = 8, 6  # clusters at most; drawings under which there is nothing to cluster
SAMPLE = 1000  # drawings on which the number of clusters is chosen
EXAMPLES = 12
Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Cluster:
    """A style: its share of the drawings, and ids of the drawings nearest to its centre, the nearest first."""

    name: str
    count: int
    share: float
    examples: tuple[str, ...]


def styles(faces: Path, ids: set[str]) -> list[Cluster]:
    """The clusters of those drawings, the largest first; none where there are too few."""
    rows = manifest.read_all(faces, manifest.FACES, ["id", "style"]).to_pylist()
    known = {row["id"]: row["style"] for row in rows if row["id"] in ids and row["style"]}
    names = sorted(known)
    return clusters(names, scaled(np.array([known[name] for name in names]))) if len(names) >= LEAST else []


def scaled(rows: Rows) -> Rows:
    """Every column with mean 0 and spread 1; a column that hardly varies is not blown up."""
    return np.asarray((rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 0.02), np.float64)


def clusters(names: list[str], rows: Rows) -> list[Cluster]:
    """The drawings by style, as many clusters as have the best silhouette."""
    centres, labels = grouped(rows, best_count(rows))
    found = []
    for number in range(len(centres)):
        own = np.flatnonzero(labels == number)
        near = own[np.argsort(np.linalg.norm(rows[own] - centres[number], axis=1), kind="stable")]
        found.append((len(own), tuple(names[i] for i in near[:EXAMPLES])))
    found.sort(key=lambda item: (-item[0], item[1]))
    return [
        Cluster(f"Style {letter}", count, count / len(rows), examples)
        for letter, (count, examples) in zip("ABCDEFGH", found, strict=False)
        if count
    ]


def best_count(rows: Rows) -> int:
    """The number of clusters with the best mean silhouette on up to 1,000 evenly chosen drawings."""
    part = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).astype(int))]
    most = min(MOST, len(part) // 3, len(np.unique(part, axis=0)))
    if most < 2:
        return 1
    apart = cdist(part, part)
    return max(range(2, most + 1), key=lambda count: (round(silhouette(apart, grouped(part, count)[1]), 6), -count))


def grouped(rows: Rows, count: int) -> tuple[Rows, NDArray[np.int64]]:
    """Centres and labels of k-means++ (Arthur and Vassilvitskii, 2007) from a fixed seed; a cluster may stay empty."""
    if count == 1:
        return rows.mean(axis=0, keepdims=True), np.zeros(len(rows), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of an empty cluster: it is left out
        centres, labels = kmeans2(rows, count, minit="++", seed=27)
    return np.asarray(centres, np.float64), np.asarray(labels, np.int64)


def silhouette(apart: Rows, labels: NDArray[np.int64]) -> float:
    """Mean silhouette (Rousseeuw, 1987), -1..1, from the n x n distances; 0 where a cluster is alone or empty."""
    groups = np.unique(labels)
    if len(groups) < 2:
        return 0.0
    member = labels[:, None] == groups[None, :]  # n x k
    sizes = member.sum(axis=0)
    sums = apart @ member
    own = (sums * member).sum(axis=1) / np.maximum(sizes[member.argmax(axis=1)] - 1, 1)
    other = np.where(member, np.inf, sums / sizes).min(axis=1)
    alone = sizes[member.argmax(axis=1)] == 1
    return float(np.where(alone, 0.0, (other - own) / np.maximum(np.maximum(own, other), 1e-12)).mean())
