import argparse
import hashlib
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from flows import drawing
from tasks import draw
from tasks.core import image, manifest
from tasks.core.errors import UserError
from tasks.core.image import resize
from tasks.deploy.runtimes import PictureError
from tasks.draw import Request, targets
from tasks.sample import LOOKS, portrait
from tasks.styles import trained
from tasks.styles.draft import Draft
from tasks.styles.portrait import Artist, Wanted
from tasks.styles.provenance import read
from tests.conftest import ROOT
from tests.styles.drawing import darkening

PHOTO = resize(portrait("collins", LOOKS[0]), 256, 256)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with a generator, and a folder with a photo."""
    monkeypatch.chdir(tmp_path)
    darkening(Path("data/finetune/generator.onnx"))
    Path("params.yaml").write_text("stylize: {sharpen: 0.5, size: 64, max_side: 128}\nfaces: {}\n")
    Path("in").mkdir()
    Path("in/face.jpg").write_bytes(image.encode_jpeg(PHOTO, 92))


def test_options_go_over_params_yaml_and_the_drawing_tells_both() -> None:
    outcome = draw.draw(Request((Path("in"),), Path("out"), settings={"mode": "frame", "format": "png"}))
    assert outcome == draw.Outcome((Path("out/face.png"),), ())
    made = read(Path("out/face.png").read_bytes())
    assert made is not None
    assert made.model == "finetune"
    assert (made.settings["mode"], made.settings["sharpen"], made.settings["format"]) == ("frame", 0.5, "png")
    assert image.decode(Path("out/face.png").read_bytes()).shape == (128, 128, 3)


def test_of_a_folder_the_pictures_in_its_folders_are_drawn_too() -> None:
    Path("all/inner").mkdir(parents=True)
    Path("in/face.jpg").rename("all/inner/face.jpg")
    assert draw.draw(Request((Path("all"),), Path("out"))).written == (Path("out/face.webp"),)


def test_a_face_is_drawn_at_the_size_that_is_asked_for() -> None:
    draw.draw(Request((Path("in"),), Path("out"), settings={"size": 192}))
    assert image.decode(Path("out/face.webp").read_bytes()).shape == (192, 192, 3)


@pytest.mark.parametrize("collected", [False, True])
def test_a_picture_names_its_source_only_where_the_dataset_holds_it(collected: bool) -> None:
    name = hashlib.sha256(Path("in/face.jpg").read_bytes()).hexdigest()[:16]
    rows = [dict.fromkeys(manifest.INGEST.names) | {"id": name if collected else "another"}]
    manifest.write_rows(rows, Path("data/ingest/x.parquet"), manifest.INGEST)
    draw.draw(Request((Path("in"),), Path("out")))
    data = Path("out/face.webp").read_bytes()
    made = read(data)
    assert made is not None
    assert made.source == (name if collected else "")
    assert (name.encode() in data) == collected


def test_the_same_picture_gives_the_same_bytes() -> None:
    for out in ("a", "b"):
        draw.draw(Request((Path("in/face.jpg"),), Path(out)))
    assert Path("a/face.webp").read_bytes() == Path("b/face.webp").read_bytes()


def test_what_cannot_be_drawn_is_told_and_the_others_are_drawn() -> None:
    Path("in/a-broken.jpg").write_bytes(b"no picture")
    Path("in/b-empty.png").write_bytes(image.encode_png(np.full((90, 90, 3), 128, np.uint8)))
    Path("in/c-line.png").write_bytes(image.encode_png(np.full((2, 300, 3), 128, np.uint8)))
    Path("in/notes.txt").write_text("passed over")
    outcome = draw.draw(Request((Path("in"),), Path("out")))
    assert outcome.written == (Path("out/face.webp"),)
    assert [str(path) for path, _ in outcome.refused] == ["in/a-broken.jpg", "in/b-empty.png", "in/c-line.png"]
    assert [reason for _, reason in outcome.refused] == [
        "no picture of a known format",
        "no face is found in it; mode frame needs none",
        "at 300 x 2 pixels it is too narrow; the shorter side needs 16",
    ]


@pytest.mark.parametrize(
    "fault",
    [PictureError("openvino does not draw"), RuntimeError("dlib"), cv2.error("resize"), ValueError("broken")],
    ids=lambda fault: type(fault).__name__,
)
def test_what_fails_in_one_picture_is_its_reason(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in/z.jpg").write_bytes(Path("in/face.jpg").read_bytes())
    faults, draft = iter([fault]), Artist.draft

    def first_fails(artist: Artist, photo: image.Image, wanted: Wanted) -> Draft:
        for one in faults:
            raise one
        return draft(artist, photo, wanted)

    monkeypatch.setattr(Artist, "draft", first_fails)
    outcome = draw.draw(Request((Path("in"),), Path("out")))
    assert outcome == draw.Outcome((Path("out/z.webp"),), ((Path("in/face.jpg"), str(fault)),))


def test_a_picture_that_breaks_off_does_not_end_the_others() -> None:
    Path("in/a.avif").write_bytes(image.encode(PHOTO, "avif", 80)[:-100])
    outcome = draw.draw(Request((Path("in"),), Path("out")))
    assert outcome.written == (Path("out/face.webp"),)
    assert "the file is broken" in outcome.refused[0][1]


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "MAX_MEGAPIXELS", 0.01)
    outcome = draw.draw(Request((Path("in"),), Path("out")))
    assert outcome.refused[0][1] == "256 x 256 pixels; the limit is 0.01 megapixels"


@pytest.mark.parametrize(("spoilt", "code"), [(False, 0), (True, 2)])
def test_the_command_says_what_came_of_it(spoilt: bool, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    if spoilt:
        Path("in/broken.jpg").write_bytes(b"no picture")
    parser = argparse.ArgumentParser()
    drawing.add_options(parser)
    assert drawing.perform(parser.parse_args(["in", "--out", "out", "--max-side", "96", "--mode", "paste"])) == code
    said = capsys.readouterr().out
    assert "1 drawn to out" in said
    assert ("not drawn: in/broken.jpg: no picture of a known format" in said) == spoilt
    assert image.decode(Path("out/face.webp").read_bytes()).shape == (96, 96, 3)


def test_where_nothing_is_trained_the_base_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data/finetune/generator.onnx").unlink()
    monkeypatch.setitem(trained.BASES, "animeganv2", ROOT / trained.BASES["animeganv2"])
    draw.draw(Request((Path("in/face.jpg"),), Path("out")))
    made = read(Path("out/face.webp").read_bytes())
    assert made is not None
    assert made.model == made.settings["model"] == "base"


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (Request((Path("nowhere.jpg"),), Path("out")), "nowhere.jpg is neither a picture nor a folder"),
        (Request((Path("data"),), Path("out")), "data holds no picture"),
        (Request((Path("in"),), Path("out"), model="studnet"), "--model is 'studnet'; did you mean student?"),
        (Request((Path("in"),), Path("out"), model="student"), "data/student/generator.onnx is missing"),
        (Request((Path("in"),), Path("out"), model="my.onnx"), "my.onnx is no file"),
        (Request((Path("in"),), Path("out"), settings={"strength": 2.0}), "stylize.strength is 2.0"),
        (Request((Path("in"),), Path("out"), settings={"format": "gif"}), "stylize.format is 'gif'"),
        (Request((Path("in"),), Path("out"), settings={"wishes": ["hair=red"]}), "the model has no control"),
    ],
)
def test_a_request_that_cannot_be_met_is_named(request_: Request, fault: str) -> None:
    with pytest.raises(UserError, match=re.escape(fault)):
        draw.draw(request_)


def test_two_pictures_of_one_name_keep_their_endings() -> None:
    named = targets([Path("a.jpg"), Path("a.png"), Path("b.jpg")], Path("out"), "webp")
    assert [str(path) for path in named.values()] == ["out/a.jpg.webp", "out/a.png.webp", "out/b.webp"]


@pytest.mark.parametrize(
    ("files", "out", "fault"),
    [
        (["in/a.webp"], "in", "--out in would write over in/a.webp"),
        (["a/x.png", "c/y.png", "b/x.png"], "out", "a/x.png and b/x.png have one name; draw them into two folders"),
    ],
)
def test_no_drawing_takes_the_place_of_a_picture(files: list[str], out: str, fault: str) -> None:
    with pytest.raises(UserError, match=re.escape(fault)):
        targets([Path(file) for file in files], Path(out), "webp")
