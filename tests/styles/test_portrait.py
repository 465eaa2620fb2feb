import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.after.steps import Steps
from tasks.core.errors import UserError
from tasks.core.image import Image, decode, resize
from tasks.deploy.export import save_generator, save_onnx
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.faces.geometry import Points, resized
from tasks.faces.landmarks import landmarks68
from tasks.nets.student import new_student
from tasks.sample import LOOKS, portrait
from tasks.styles import frame
from tasks.styles import portrait as styled
from tasks.styles.portrait import Artist, NarrowError, NoFaceError, Wanted, spot
from tests.styles.drawing import darkening

PHOTO = resize(portrait("collins", LOOKS[0]), 360, 360)
ALL = Steps(lens=1, hair=1, denoise=20, colour=0.5, grey_world=0.2, sharpen=0.5)


@pytest.fixture(scope="module")
def artist(tmp_path_factory: pytest.TempPathFactory) -> Artist:
    return Artist(darkening(tmp_path_factory.mktemp("model") / "generator.onnx"), Settings(), threads=1)


def darkness(drawing: Image, photo: Image) -> float:
    """Which share of the photo's light the drawing has."""
    return float(drawing.mean() / photo.mean())


def test_a_face_is_cut_out_at_the_size_that_is_wanted(artist: Artist) -> None:
    draft = artist.draft(PHOTO, Wanted(size=128))
    assert draft.photo.shape == (128, 128, 3)
    assert draft.marks is not None
    assert draft.marks.min() > 0
    assert draft.marks.max() < 128
    assert darkness(draft.finished(Steps()), draft.photo) == pytest.approx(2 / 3, abs=0.01)


@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize(("backend", "times"), [("dlib", 0), ("opencv", 1)])
def test_landmarks_that_the_detector_told_are_not_read_again(
    backend: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    face, asked = finder.opened(Settings(backend)).detect(PHOTO)[0], list[Any]()

    def read(*given: Any) -> Points:
        asked.append(given)
        return landmarks68(*given)

    monkeypatch.setattr(styled, "landmarks68", read)
    found = spot(PHOTO, face, resized(1.0), 128, 1.0)
    assert len(asked) == times
    eyes = float(np.hypot(*(face.landmarks[1] - face.landmarks[0])))
    assert np.hypot(*(found.marks - landmarks68(PHOTO, face.box, face.landmarks)).T).mean() < 0.05 * eyes


def test_a_frame_is_the_whole_picture_reduced_where_it_is_too_large(artist: Artist) -> None:
    wide = np.hstack([PHOTO, PHOTO[:, :200]])
    draft = artist.draft(wide, Wanted("frame", max_side=280))
    assert draft.photo.shape == (180, 280, 3)
    assert darkness(draft.finished(Steps()), draft.photo) == pytest.approx(2 / 3, abs=0.01)


def test_a_frame_needs_no_face(artist: Artist) -> None:
    grey = np.full((90, 70, 3), 120, np.uint8)
    assert artist.draft(grey, Wanted("frame")).finished(ALL).shape == grey.shape


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 50_000), (3000, 2), (15, 16)])
@pytest.mark.parametrize("mode", ["face", "frame", "paste"])
def test_a_picture_with_hardly_a_side_is_refused_in_words(artist: Artist, height: int, width: int, mode: str) -> None:
    with pytest.raises(NarrowError, match=f"at {width} x {height} pixels it is too narrow; the shorter side needs 16"):
        artist.draft(np.zeros((height, width, 3), np.uint8), Wanted(mode))


def test_a_picture_that_is_too_narrow_once_it_is_reduced_is_refused_too(artist: Artist) -> None:
    with pytest.raises(NarrowError, match="at 100 x 2 pixels"):
        artist.drawn(np.zeros((20, 1000, 3), np.uint8), [], Wanted("frame", max_side=100))


@pytest.mark.parametrize("mode", ["face", "paste"])
def test_where_a_face_is_needed_and_there_is_none_it_says_so(artist: Artist, mode: str) -> None:
    with pytest.raises(NoFaceError, match="no face is found in it; mode frame needs none"):
        artist.draft(np.full((90, 70, 3), 120, np.uint8), Wanted(mode))


def test_a_pasted_face_is_drawn_and_the_rest_is_the_photo(artist: Artist) -> None:
    draft = artist.draft(PHOTO, Wanted("paste", backdrop="photo"))
    made = draft.finished(Steps())
    x, y = np.rint(draft.pieces[0].spot.marks[30]).astype(int)
    nose = slice(y - 4, y + 5), slice(x - 4, x + 5)
    assert darkness(made[nose], PHOTO[nose]) == pytest.approx(2 / 3, abs=0.03)
    assert np.array_equal(made[-3:, :40], PHOTO[-3:, :40])


def test_a_pasted_face_on_a_drawn_backdrop_leaves_no_seam(artist: Artist) -> None:
    made = artist.draft(PHOTO, Wanted("paste")).finished(Steps())
    assert np.abs(made - PHOTO * (2 / 3)).mean() < 1.5


def test_a_photo_on_its_side_is_righted(artist: Artist) -> None:
    upright, turned = (
        artist.draft(photo, Wanted("paste", backdrop="photo")) for photo in (PHOTO, np.rot90(PHOTO).copy())
    )
    assert np.array_equal(turned.photo, upright.photo)
    assert np.abs(turned.pieces[0].spot.marks - upright.pieces[0].spot.marks).max() < 5


@pytest.mark.parametrize("mode", ["face", "frame", "paste"])
def test_every_step_runs_in_every_mode_and_no_generator_with_it(
    artist: Artist, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = artist.draft(PHOTO, Wanted(mode, size=128))
    monkeypatch.setattr(artist, "_stylizer", None)
    made = draft.finished(ALL)
    assert made.shape == draft.photo.shape
    assert not np.array_equal(made, draft.finished(Steps()))
    assert np.array_equal(draft.finished(Steps(strength=0)), draft.photo)


def test_a_small_face_is_enlarged_for_the_generator_and_a_large_one_reduced(artist: Artist) -> None:
    sizes = [artist.draft(PHOTO, Wanted("paste", size=size)).pieces[0].spot.size for size in (64, 512)]
    assert sizes[0] == 64
    assert 256 <= sizes[1] < 360


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"mode": "past"}, "stylize.mode is 'past'; did you mean paste?"),
        ({"backdrop": "none"}, "stylize.backdrop is 'none'; known: drawn, photo"),
        ({"size": 130}, "stylize.size is 130; use a multiple of 4"),
        ({"max_side": 10}, "stylize.max_side is 10; use 64"),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError, match=re.escape(fault)):
        Wanted(**given)


def test_a_model_without_control_takes_no_wishes(artist: Artist) -> None:
    with pytest.raises(UserError, match="the model has no control"):
        artist.draft(PHOTO, Wanted(wishes=("hair=black",)))


def test_a_group_is_drawn_face_by_face(artist: Artist, shared_data: Path) -> None:
    group = decode((shared_data / "groups/two_people.jpg").read_bytes())
    draft = artist.draft(group, Wanted("paste", backdrop="photo"))
    assert len(draft.pieces) == 2
    assert np.abs(draft.finished(Steps()).astype(int) - group).max() > 20


@pytest.mark.parametrize("name", ["generator.int8.onnx", "mine.onnx"])
def test_no_other_file_is_replaced_by_the_weights_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    save_generator(new_student(0).eval(), tmp_path / "generator.safetensors")
    artist = Artist(darkening(tmp_path / name), Settings(), threads=1)
    monkeypatch.setattr(frame, "WHOLE", 1000)
    made = artist.drawn(PHOTO, [], Wanted("frame")).finished(Steps())
    assert darkness(made, PHOTO) == pytest.approx(2 / 3, abs=0.01)


def test_a_frame_that_is_too_large_for_one_pass_is_drawn_in_tiles_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_onnx(new_student(0).eval(), tmp_path / "generator.onnx")
    save_generator(new_student(0).eval(), tmp_path / "generator.safetensors")
    artist = Artist(tmp_path / "generator.onnx", Settings(), threads=1)
    whole = artist.drawn(PHOTO, [], Wanted("frame")).finished(Steps())
    monkeypatch.setattr(frame, "WHOLE", 1000)
    tiled = artist.drawn(PHOTO, [], Wanted("frame"))
    assert np.abs(tiled.finished(Steps()).astype(int) - whole).max() <= 2
