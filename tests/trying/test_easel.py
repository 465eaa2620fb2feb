import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from PIL import Image as Pil

from tasks.after.steps import Steps
from tasks.core.errors import UserError
from tasks.core.image import Image, decode, resize
from tasks.deploy import export
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.student import new_student
from tasks.sample import LOOKS, portrait
from tasks.styles import provenance
from tasks.styles.draft import Draft
from tasks.styles.portrait import Artist, Wanted
from tasks.trying import easel as easels
from tasks.trying.desk import Times
from tasks.trying.easel import Easel, Limits
from tasks.trying.generators import Generator
from tests.styles.drawing import darkening

WORDS = Vocabulary((("hair", ("black", "red")),))


def controlled(folder: Path) -> Path:
    """A generator that heeds strength and wishes, with its card."""
    torch.manual_seed(0)
    net = Conditioned(new_student(0), WORDS).eval()
    with torch.no_grad():
        cast(torch.nn.Conv2d, net.generator.head).weight.normal_(0, 0.1)
        cast(torch.nn.Linear, net.condition.layers[-1]).weight.normal_(0, 0.5)
    export.save_onnx(net, folder / "generator.onnx")
    (folder / "card.json").write_text(json.dumps({"vocabulary": WORDS.words}))
    return folder / "generator.onnx"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Generator]:
    told = controlled(tmp_path_factory.mktemp("controlled"))
    return [Generator("Dark", darkening(tmp_path_factory.mktemp("dark") / "g.onnx")), Generator("Told", told)]


@pytest.fixture
def easel(models: list[Generator], tmp_path: Path) -> Easel:
    return Easel(models, Settings(), tmp_path, keep=tmp_path / "kept", limits=Limits(megabytes=1, megapixels=1))


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """What generators were asked to draw."""
    asked: list[Wanted] = []
    draft = Artist.draft

    def counted(artist: Artist, photo: Image, wanted: Wanted) -> Any:
        asked.append(wanted)
        return draft(artist, photo, wanted)

    monkeypatch.setattr(Artist, "draft", counted)
    return asked


def png(picture: Image) -> bytes:
    out = io.BytesIO()
    Pil.fromarray(picture).save(out, "png")
    return out.getvalue()


FACE = png(resize(portrait("collins", LOOKS[0]), 300, 300))
EMPTY = png(np.full((90, 70, 3), 120, np.uint8))


def test_steps_change_what_was_drawn_and_run_no_generator(easel: Easel, drafts: list[Wanted]) -> None:
    key = easel.take("ada", FACE)
    _, drawn = easel.draw("ada", "Dark", Wanted(size=128), Steps())
    _, sharpened = easel.finish("ada", Steps(sharpen=1))
    assert not np.array_equal(drawn.finished, sharpened.finished)
    assert sharpened.times.drawing == drawn.times.drawing
    assert easel.finish("ada", Steps(strength=0))[1].finished.tolist() == drawn.draft.photo.tolist()
    assert len(drafts) == 1
    assert easel.picture(key, "before") == easel.picture(key, "after")


def test_only_a_controlled_generator_runs_again_for_another_strength(easel: Easel, drafts: list[Wanted]) -> None:
    easel.take("ada", FACE)
    wanted = Wanted(size=64, wishes=("hair=red",))
    _, first = easel.draw("ada", "Told", wanted, Steps())
    _, weaker = easel.finish("ada", Steps(strength=0.3))
    easel.finish("ada", Steps(strength=0.3, sharpen=1))
    assert [(asked.strength, asked.wishes) for asked in drafts] == [(1, ("hair=red",)), (0.3, ("hair=red",))]
    assert not np.array_equal(first.finished, weaker.finished)
    _, black = easel.draw("ada", "Told", Wanted(size=64, wishes=("hair=black",)), Steps())
    assert not np.array_equal(first.finished, black.finished)


def test_loading_counts_apart_and_once(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0

    def lasting(seconds: int, work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any) -> Any:
            nonlocal passed
            passed += seconds
            return work(*given)

        return done

    monkeypatch.setattr(easels, "time", SimpleNamespace(perf_counter=lambda: passed))
    for seconds, owner, name in ((100, easels, "Artist"), (10, Artist, "draft"), (1, Draft, "finished")):
        monkeypatch.setattr(owner, name, lasting(seconds, getattr(owner, name)))
    easels.opened.cache_clear()
    easel.take("ada", FACE)
    first, second = (easel.draw("ada", "Dark", Wanted(size=64), Steps(sharpen=1))[1].times for _ in range(2))
    assert first == Times(loading=100, drawing=10, steps=1)
    assert second == Times(loading=0, drawing=10, steps=1)


def test_without_a_face_it_says_so_and_the_drawing_before_is_gone(easel: Easel) -> None:
    key = easel.take("ada", EMPTY)
    easel.draw("ada", "Dark", Wanted("frame"), Steps())
    with pytest.raises(UserError, match="No face was found in this photo"):
        easel.draw("ada", "Dark", Wanted("face"), Steps())
    assert easel.picture(key, "photo") is not None
    assert easel.picture(key, "after") is easel.file(key, "webp") is None
    with pytest.raises(UserError, match="no drawing yet"):
        easel.finish("ada", Steps(sharpen=1))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50_000, 3), (3000, 2, 3)])
def test_a_picture_with_hardly_a_side_is_refused_in_words(easel: Easel, shape: tuple[int, ...]) -> None:
    easel.take("ada", png(np.zeros(shape, np.uint8)))
    with pytest.raises(UserError, match="too narrow to be drawn; its shorter side needs 16 pixels"):
        easel.draw("ada", "Dark", Wanted("frame"), Steps())


def test_what_was_forgotten_is_said(easel: Easel) -> None:
    key = easel.take("ada", FACE)
    easel.desk.leave("ada")
    with pytest.raises(UserError, match="Please choose it again"):
        easel.draw("ada", "Dark", Wanted(), Steps())
    with pytest.raises(UserError, match="Please choose it again"):
        easel.finish("ada", Steps())
    assert easel.picture(key, "photo") is None


@pytest.mark.parametrize("work", ["take", "draw", "no face"])
def test_who_leaves_meanwhile_is_forgotten(easel: Easel, monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    key = easel.take("ada", EMPTY if work == "no face" else FACE)
    module, name = (easels, "readable") if work == "take" else (finder, "opened")
    goes_on = getattr(module, name)

    def left(*given: Any) -> Any:
        easel.desk.leave("ada")
        return goes_on(*given)

    monkeypatch.setattr(module, name, left)
    with pytest.raises(UserError, match="No face" if work == "no face" else "Please choose it again"):
        easel.take("ada", FACE) if work == "take" else easel.draw("ada", "Dark", Wanted(size=64), Steps())
    assert len(easel.desk) == 0
    assert easel.picture(key, "photo") is None


def test_an_unknown_generator_is_said(easel: Easel) -> None:
    easel.take("ada", FACE)
    with pytest.raises(UserError, match="There is no generator 'Bright' here"):
        easel.draw("ada", "Bright", Wanted(), Steps())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bytes(2**20 + 1), "more than 1 MiB"),
        (b"no picture", "no picture that can be read here"),
        (FACE[: len(FACE) // 2], "no picture that can be read here"),
        (png(np.zeros((1001, 1000, 3), np.uint8)), "1000 × 1001 pixels; up to 1 megapixels"),
    ],
    ids=["bytes", "nonsense", "half", "pixels"],
)
def test_what_is_no_photo_or_too_large_is_refused_in_words(easel: Easel, data: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        easel.take("ada", data)
    assert len(easel.desk) == 0


@pytest.mark.parametrize("form", ["webp", "png", "avif", "jpeg"])
def test_a_file_tells_where_it_comes_from_and_is_kept_alone(easel: Easel, form: str) -> None:
    key = easel.take("ada", FACE)
    easel.draw("ada", "Dark", Wanted(size=64), Steps(sharpen=1))
    data = easel.file(key, form)
    assert data is not None and decode(data).shape == (64, 64, 3)
    told = provenance.read(data)
    assert told is not None
    assert (told.source, told.settings["sharpen"]) == ("", 1)
    assert easel.keep is not None
    assert [path.read_bytes() for path in easel.keep.iterdir()] == [data]


def test_a_form_that_is_none_is_no_file(easel: Easel) -> None:
    key = easel.take("ada", FACE)
    easel.draw("ada", "Dark", Wanted(size=64), Steps())
    assert easel.file(key, "../png") is None
