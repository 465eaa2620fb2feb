"""Memos of which every row is a function of one aligned face: faces that were there before are taken over.

A better copy of one picture changes which faces a shard holds; the others come out the same, and need no making.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core import manifest, shards
from tasks.core.pool import Pool
from tasks.core.shards import Output

Row = dict[str, Any]


def update(
    output: Output, source: Path, load: Callable[[Path], list[Row]], make: Callable[[Row], Row], workers: Pool
) -> int:
    """Bring the folder to one shard per shard of `source`; returns how many changed.

    `load` gives the rows of a shard that count, `make` the output's row of each; both have a `face_id`.
    """
    bases = {shard.stem: shards.basis_of(shard) for shard in manifest.shards(source)}
    found = shards.inputs_of(source)
    return update_from(output, found, bases, lambda name: load(source / f"{name}.parquet"), make, workers)


def update_from(
    output: Output,
    inputs: Mapping[str, str],
    bases: Mapping[str, str],
    load: Callable[[str], list[Row]],
    make: Callable[[Row], Row],
    workers: Pool,
) -> int:
    """The same where a row is a function of several shards of one name: `inputs` and `bases` are digests of them all.

    `inputs` says what a whole shard depends on, which faces count included, `bases` what a single row does.
    """

    def table(name: str) -> pa.Table:
        known = {row["face_id"]: row for row in shards.known(output, name, bases[name])}
        rows = load(name)
        made = workers.map(make, [row for row in rows if row["face_id"] not in known])
        found = known | {row["face_id"]: row for row in made}
        return manifest.table([found[row["face_id"]] for row in rows], output.schema)

    return shards.update(output, inputs, table, bases)
