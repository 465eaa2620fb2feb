from pathlib import Path

import numpy as np
import pytest

from tasks.core import manifest
from tasks.surveying import clusters
from tests.exports.collection import blank


def blobs(sizes: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Groups far apart, of those sizes, in six columns."""
    rng = np.random.default_rng(3)
    return np.concatenate([rng.normal(12 * i, 1, (size, 6)) for i, size in enumerate(sizes)])


@pytest.mark.parametrize("sizes", [[30, 20], [25, 20, 15], [30, 25, 20, 15]])
def test_groups_that_lie_apart_are_found_the_largest_first(sizes: list[int]) -> None:
    rows = clusters.scaled(blobs(sizes))
    found = clusters.clusters([f"{i:03d}" for i in range(len(rows))], rows)
    assert [cluster.count for cluster in found] == sizes
    assert sum(cluster.share for cluster in found) == pytest.approx(1)


def test_examples_belong_to_their_cluster_and_come_nearest_first() -> None:
    rows = blobs([20, 12])
    names = [f"{i:03d}" for i in range(32)]
    first, second = clusters.clusters(names, rows)
    assert all(int(name) < 20 for name in first.examples)
    assert all(int(name) >= 20 for name in second.examples)
    near = np.linalg.norm(rows[[int(name) for name in first.examples]] - rows[:20].mean(axis=0), axis=1)
    assert list(near) == sorted(near)


def test_the_same_drawings_give_the_same_clusters_and_too_few_give_none(tmp_path: Path) -> None:
    rows = blobs([9, 7]).tolist()
    table = [blank(manifest.FACES, id=f"{i:03d}", role="anime", faces=[], style=row) for i, row in enumerate(rows)]
    manifest.write_rows(table, tmp_path / "a.parquet", manifest.FACES)
    ids = {f"{i:03d}" for i in range(16)}
    assert clusters.styles(tmp_path, ids) == clusters.styles(tmp_path, ids)
    assert clusters.styles(tmp_path, {"000", "001"}) == []


def test_drawings_that_are_all_alike_are_one_crowd_without_a_fault() -> None:
    found = clusters.clusters([f"{i}" for i in range(8)], np.zeros((8, 6)))
    assert sum(cluster.count for cluster in found) == 8


def test_the_silhouette_is_high_apart_and_low_in_a_mixture() -> None:
    rows = blobs([10, 10])
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    assert clusters.silhouette(apart, np.repeat([0, 1], 10)) > 0.8
    assert abs(clusters.silhouette(apart, np.tile([0, 1], 10))) < 0.1
    assert clusters.silhouette(apart, np.zeros(20, np.int64)) == 0
