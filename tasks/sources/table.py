"""A CSV or Parquet file as columns of text, whatever types it was written with."""

import csv
import warnings
from pathlib import PurePosixPath
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.core.errors import UserError

FORMATS = (".csv", ".parquet")


def read(path: str, file: BinaryIO) -> pa.Table:
    """Every cell as text, an empty one as ""; raises UserError for a file that is no table of its ending."""
    import pandas as pd  # 0.3 s, for the few batches that have a CSV

    try:
        if PurePosixPath(path).suffix.lower() == ".parquet":
            return text(pq.read_table(file))
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # of a cell beyond the last column
            frame = pd.read_csv(file, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig",
                                skipinitialspace=True)  # fmt: skip
    except (ValueError, csv.Error, OSError, pa.ArrowException) as fault:
        raise UserError(f"{path} is no readable table: {fault}; write it as CSV in UTF-8, or as Parquet") from fault
    except pd.errors.ParserWarning:
        said = f"{path} has rows with more cells than its header names; quote a cell that holds a comma"
        raise UserError(said) from None
    return pa.Table.from_pandas(frame, preserve_index=False)


def text(table: pa.Table) -> pa.Table:
    """The columns that can be text, as text; dates in ISO form."""
    plain = [name for name in table.column_names if not pa.types.is_nested(table.schema.field(name).type)]
    columns = [pc.fill_null(table.column(name).cast(pa.string(), safe=False), "") for name in plain]
    return pa.table(dict(zip(plain, columns, strict=True)))
