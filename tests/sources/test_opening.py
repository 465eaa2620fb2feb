"""Records, policy and kinds together: what changes a shard's stamp, and what does not."""

from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.core.errors import UserError
from tasks.sources.batch import Batch
from tasks.sources.fetching import Fetch
from tasks.sources.opening import admitted, opened, stamp
from tasks.sources.policy import Policy
from tasks.sources.source import Source


def batch(path: Path, records: str = "") -> Batch:
    path.mkdir(exist_ok=True)
    for name in ("a.jpg", "b.jpg"):
        (path / name).write_bytes(name.encode())
    if records:
        (path / "records.csv").write_text(records)
    return opened(Source("folder", str(path), batch="mine"), 2**20, Fetch())


def stamped(found: Batch, rules: Policy) -> str:
    return stamp(found, list(found.names), rules)


def test_the_records_are_no_picture(tmp_path: Path) -> None:
    assert list(batch(tmp_path / "x", "name\na.jpg\n").names) == ["a.jpg", "b.jpg"]


def test_a_row_that_misses_its_file_by_case_or_separator_is_an_error(tmp_path: Path) -> None:
    said = r"mine: the records name 'A.jpg', and the file is 'a.jpg'; write its name, or drop the row"
    with pytest.raises(UserError, match=said):
        batch(tmp_path / "x", "name,consent,expires\nA.jpg,7,2026-01-01\n")


def test_a_new_day_changes_a_shard_only_where_it_changes_a_decision(tmp_path: Path) -> None:
    found = batch(tmp_path / "x", "name,consent,expires\na.jpg,7,2026-07-01\n")
    days = [stamped(found, Policy(today=day)) for day in ("2026-06-30", "2026-07-01", "2026-07-02", "2026-07-03")]
    assert days[0] == days[1] != days[2] == days[3]


def test_a_refused_files_bytes_are_not_part_of_the_stamp(tmp_path: Path) -> None:
    rules = Policy(licences=("CC0-1.0",))
    found = batch(tmp_path / "x", "name,licence\na.jpg,CC0-1.0\nb.jpg,other\n")
    before = stamped(found, rules)
    (tmp_path / "x/b.jpg").write_bytes(b"changed")
    assert (stamped(found, rules), admitted(found, list(found.names), rules)) == (before, ["a.jpg"])
    (tmp_path / "x/a.jpg").write_bytes(b"changed")
    assert stamped(found, rules) != before


def test_a_changed_record_changes_the_stamp(tmp_path: Path) -> None:
    first = stamped(batch(tmp_path / "x", "name,author\na.jpg,Ada\n"), Policy())
    assert stamped(batch(tmp_path / "x", "name,author\na.jpg,Eve\n"), Policy()) != first


def test_a_folder_at_a_url_is_read_like_one_here(tmp_path: Path) -> None:
    here = batch(tmp_path / "x", "name,author\na.jpg,Ada\n")
    files = fsspec.filesystem("memory")
    files.put(str(tmp_path / "x"), "/opening", recursive=True)
    there = opened(Source("folder", "memory://opening", batch="mine"), 2**20, Fetch())
    assert there.names == here.names
    assert list(there.read(list(there.names))) == list(here.read(list(here.names)))
    assert there.records.of("a.jpg").author == "Ada"
    written = opened(Source("folder", f"file://{tmp_path}/x", batch="mine"), 2**20, Fetch())
    assert list(written.read(list(written.names))) == list(here.read(list(here.names)))


def parquet(path: Path, kind: pa.DataType, cells: list[object], **columns: list[object]) -> None:
    pq.write_table(pa.table({"image": pa.array(cells, kind), **columns}), path, row_group_size=2)


def test_the_pictures_of_parquet_files_are_read_in_order_with_their_records(tmp_path: Path) -> None:
    struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    cells = [{"bytes": bytes([n]), "path": None} for n in range(40)]
    parquet(tmp_path / "a.parquet", struct, [*cells], licence=["CC0-1.0"] * 40, label=list(range(40)))
    parquet(tmp_path / "b.parquet", pa.binary(), [b"xx", None])
    found = opened(Source("parquet", str(tmp_path), batch="mine"), 1, Fetch())
    assert list(found.names)[38:] == [
        "a.parquet#0000038",
        "a.parquet#0000039",
        "b.parquet#0000000",
        "b.parquet#0000001",
    ]
    files = list(found.read(list(found.names)[3:]))
    assert [file.data for file in files[:37]] == [bytes([n]) for n in range(3, 40)]
    assert [file.reason for file in files[37:]] == ["too_many_bytes", None]
    assert found.records.of("a.parquet#0000000").licence == "CC0-1.0"
    assert found.records.of("b.parquet#0000000").licence == "unknown"


@pytest.mark.parametrize(
    ("columns", "wanted", "said"),
    [
        (
            {"image": ["text"]},
            "",
            "has no column 'image' of pictures; set the source's `column`; known: none has bytes",
        ),
        ({"picture": [b"x"]}, "pictur", r"has no column 'pictur' of pictures; .*did you mean picture\?"),
    ],
)
def test_a_parquet_file_without_the_column_is_named(
    tmp_path: Path, columns: dict[str, list[object]], wanted: str, said: str
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(UserError, match=said):
        opened(Source("parquet", str(tmp_path / "a.parquet"), column=wanted), 2**20, Fetch())


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"no")
    with pytest.raises(UserError, match="is no readable Parquet file"):
        opened(Source("parquet", str(tmp_path / "a.parquet")), 2**20, Fetch())
