from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from tasks import ingest, sample
from tasks.core import manifest, measures
from tasks.core.errors import UserError
from tasks.core.pool import Pool
from tasks.ingest import Params, Source


def folder_of(tmp_path: Path, files: dict[str, bytes]) -> Source:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return Source("folder", str(tmp_path), licence="CC0-1.0")


def png(side: int = 64, seed: int = 0) -> bytes:
    file = BytesIO()
    Pil.fromarray(np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def reasons(source: Source, max_megapixels: float) -> dict[str, str | None]:
    names = ingest.files_in(Path(source.path))
    rows = ingest.take(source, names, Params((source,), max_megapixels=max_megapixels), Pool(1)).to_pylist()
    return {row["name"]: row["reason"] for row in rows}


def test_a_bad_file_is_a_row_with_a_reason(tmp_path: Path) -> None:
    files = {
        "a.png": png(),
        "b.png": png(),
        "c.png": png(seed=1)[:200],
        "d.png": b"",
        "e.png": b"text",
        "f/g.png": png(256, seed=2),
        "umläut 😀.png": png(seed=3),
    }
    assert reasons(folder_of(tmp_path, files), max_megapixels=0.06) == {
        "a.png": None,
        "b.png": "same_file",
        "c.png": "unreadable",
        "d.png": "empty",
        "e.png": "not_an_image",
        "f/g.png": "too_large",
        "umläut 😀.png": None,
    }


def test_hidden_files_and_links_are_no_pictures(tmp_path: Path) -> None:
    source = folder_of(tmp_path, {"a.png": png(), ".hidden.png": png(), ".dir/b.png": png()})
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    assert ingest.files_in(Path(source.path)) == ["a.png"]


def test_a_picture_without_metadata_format_is_stored_as_png(tmp_path: Path) -> None:
    file = BytesIO()
    Pil.new("RGB", (32, 32), "red").save(file, "TIFF")
    source = folder_of(tmp_path, {"a.tiff": file.getvalue()})
    row = ingest.take(source, ["a.tiff"], Params((source,)), Pool(1)).to_pylist()[0]
    assert (row["format"], row["orientation"], row["width"]) == ("PNG", 1, 32)
    assert row["image"]["bytes"].startswith(b"\x89PNG")


def test_measures_mean_the_same_at_every_resolution() -> None:
    face = sample.portrait("collins", sample.LOOKS[0])
    large, small = measures.measures(face), measures.measures(face[::2, ::2])
    for name in ("brightness", "contrast", "saturation"):
        assert large[name] == pytest.approx(small[name], rel=0.05)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source("folder", "nowhere"), "path 'nowhere' is no folder; correct or create it"),
        (Source("folder", "tests"), "tests has licence unknown, which the policy refuses"),
    ],
)
def test_a_source_that_cannot_be_is_named(source: Source, said: str) -> None:
    with pytest.raises(UserError, match=said):
        ingest.check(source, Params((source,), allowed_licences=("CC0-1.0",)))


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    source = Source("folder", str(tmp_path))
    with pytest.raises(UserError, match="holds no file; add pictures"):
        ingest.check(source, Params((source,)))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "zipp"}, "kind is 'zipp'; known: folder, sample"),
        ({"kind": "folder", "path": "x", "role": "photos"}, r"role is 'photos'; did you mean photo\?"),
        ({"kind": "folder"}, "a folder needs its `path`"),
    ],
)
def test_a_mistaken_source_is_named(values: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Source(**values)


def test_two_batches_of_one_name_are_refused() -> None:
    with pytest.raises(UserError, match="two batches are named x; give each its own `batch`"):
        Params((Source("folder", "a/x"), Source("folder", "b/x")))


def test_the_sample_holds_what_it_says() -> None:
    items = list(sample.collection())
    photos = [item for item in items if item.name.startswith("photos/")]
    assert len(photos) == 40
    assert len({item.subject for item in photos}) == 8
    assert sum(item.role == "anime" for item in items) == 24
    assert manifest.tally(item.name for item in items)["in"] == len({item.name for item in items})


def test_the_sample_is_the_same_bytes_twice() -> None:
    assert [item.data for item in sample.photos()] == [item.data for item in sample.photos()]
