"""The stage in a folder of its own: real portraits, found and aligned as the stages before it do."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks import stylize
from tasks.align import Aligner
from tasks.core import image, manifest
from tasks.core.errors import UserError
from tasks.core.image import Image, resize
from tasks.faces.finder import Finder, Settings
from tasks.sample import LOOKS, portrait
from tasks.styles import drawn
from tasks.styles.portrait import Artist, NarrowError
from tasks.styles.provenance import read
from tests.styles.drawing import darkening

FOLDERS = (stylize.RAW, stylize.OUT)
SETTINGS = Settings()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with two shards of photos and a generator."""
    monkeypatch.chdir(tmp_path)
    darkening(Path("data/finetune/generator.onnx"))
    for name in ("collins", "hopper"):
        shard(name, resize(portrait(name, LOOKS[0]), 256, 256))
    configure()
    yield tmp_path
    drawn.opened.cache_clear()


def shard(name: str, photo: Image) -> None:
    """One photo as ingest, quality and align leave it."""
    row: dict[str, Any] = {"id": name, "role": "photo", "batch": "b", "subject": None, "reason": None}
    row |= {"image": {"bytes": image.encode_png(photo), "path": None}}
    seen = Finder(SETTINGS)(row)
    aligned = Aligner(64, SETTINGS)(row | {"faces": dict(enumerate(seen["faces"]))})
    for folder, rows, schema in (
        ("ingest", [dict.fromkeys(manifest.INGEST.names) | row], manifest.INGEST),
        ("faces", [seen], manifest.FACES),
        ("align", aligned, manifest.ALIGN),
    ):
        manifest.write_rows(rows, Path(f"data/{folder}/{name}.parquet"), schema, {"basis": name})


def configure(**given: Any) -> None:
    Path("params.yaml").write_text(yaml.safe_dump({"stylize": {"max_side": 128, "size": 64, **given}, "faces": {}}))


def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest.read_all(stylize.OUT, manifest.STYLIZE).to_pylist()
    return found


def digests() -> dict[str, str]:
    files = sorted(path for folder in FOLDERS for path in folder.iterdir())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def forbid_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Artist, "_run", lambda *_: pytest.fail("the generator ran"))
    monkeypatch.setattr(Artist, "_whole", lambda *_: pytest.fail("the generator ran"))


@pytest.mark.parametrize(("mode", "ids", "shape"), [
    ("face", ["collins-0", "hopper-0"], (64, 64, 3)),
    ("frame", ["collins", "hopper"], (128, 128, 3)),
    ("paste", ["collins", "hopper"], (128, 128, 3)),
])  # fmt: skip
def test_every_photo_is_drawn_and_tells_how(mode: str, ids: list[str], shape: tuple[int, ...]) -> None:
    configure(mode=mode)
    stylize.main()
    assert [row["face_id"] for row in rows()] == ids
    for row in rows():
        made = read(row["image"]["bytes"])
        assert made is not None
        assert (made.source, made.digest, made.settings["mode"]) == (row["face_id"], row["model"], mode)
        assert image.decode(row["image"]["bytes"]).shape == shape
    report = json.loads(stylize.REPORT.read_text())
    assert (report["in"], report["kept"], report["generator"]) == (2, 2, "generator.onnx")


@pytest.mark.parametrize("mode", ["face", "frame", "paste"])
def test_a_changed_step_runs_no_generator_and_gives_what_a_fresh_start_gives(
    mode: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(mode=mode)
    stylize.main()
    first = digests()
    configure(mode=mode, sharpen=0.5, hair=1, colour=0.3, format="png")
    with monkeypatch.context() as patch:
        forbid_drawing(patch)
        stylize.main()
    stepwise = digests()
    assert all((first[name] == stepwise[name]) == ("drawn" in name) for name in first)
    for folder in FOLDERS:
        folder.rename(tmp_path / f"old-{folder.name}")
    stylize.main()
    assert digests() == stepwise


def test_the_second_run_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stylize.main()
    times = {path: path.stat().st_mtime_ns for folder in FOLDERS for path in folder.iterdir()}
    forbid_drawing(monkeypatch)
    monkeypatch.setattr(stylize.Finisher, "__call__", lambda *_: pytest.fail("a step ran"))
    stylize.main()
    assert {path: path.stat().st_mtime_ns for folder in FOLDERS for path in folder.iterdir()} == times


def test_a_new_photo_leaves_the_others_as_they_are() -> None:
    stylize.main()
    before = digests()
    shard("fourth", resize(portrait("fourth", LOOKS[0]), 256, 256))
    stylize.main()
    assert len(rows()) == 3
    assert before.items() <= digests().items()


def test_settings_of_another_mode_draw_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    stylize.main()
    drawings = {name: digest for name, digest in digests().items() if "drawn" in name}
    configure(size=128, backdrop="photo", max_side=256)
    forbid_drawing(monkeypatch)
    stylize.main()
    assert drawings.items() <= digests().items()
    assert [row["reason"] for row in rows()] == [None, None]


def test_a_drawing_that_cannot_be_stored_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise ValueError("too wide")

    monkeypatch.setattr(image, "encode", fail)
    stylize.main()
    assert [(row["reason"], row["image"]) for row in rows()] == [("unencodable", None)] * 2
    assert json.loads(stylize.REPORT.read_text())["reasons"] == {"unencodable": 2}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(ValueError("broken"), "undrawable"), (RuntimeError("dlib"), "undrawable"), (NarrowError("2 x 9"), "narrow")],
)
def test_a_photo_that_cannot_be_drawn_has_a_reason(
    fault: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Image:
        raise fault

    monkeypatch.setattr(drawn, "picture", fail)
    configure(mode="frame")
    stylize.main()
    assert [row["reason"] for row in rows()] == [reason] * 2


@pytest.mark.parametrize("fault", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_a_photo_for_which_memory_ran_out_is_not_remembered_as_undrawable(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Image:
        raise fault

    with monkeypatch.context() as crowded:
        crowded.setattr(drawn, "picture", fail)
        configure(mode="frame")
        with pytest.raises(UserError, match=r"memory ran out drawing .*; lower stylize.max_side"):
            stylize.main()
    stylize.main()
    assert [row["reason"] for row in rows()] == [None, None]


@pytest.mark.parametrize(("has", "file"), [(True, "generator.int8.onnx"), (False, "generator.onnx")])
def test_eight_bits_are_taken_where_there_are_some(has: bool, file: str) -> None:
    if has:
        darkening(Path("data/finetune/generator.int8.onnx"))
    configure(eight_bits=True)
    stylize.main()
    assert json.loads(stylize.REPORT.read_text())["generator"] == file
