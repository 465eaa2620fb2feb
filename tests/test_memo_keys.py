"""What a memo keeps is made anew when any code that shapes it changes: keys list every module that a memo imports."""

import subprocess
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tasks import align, stylize
from tasks.core import shards
from tasks.deploy import runtimes
from tasks.faces import dlib_backend, finder, insightface_backend, onnx_encoder, opencv_backend
from tasks.faces.landmarks import PREDICTOR
from tasks.judging import memo
from tasks.labelling import labeller
from tasks.scores import lpips
from tasks.styles import cel, drawn, stylizer, taught
from tests.test_pipeline import ROOT, imports

BACKENDS = (dlib_backend, opencv_backend, insightface_backend)  # of which the one that is opened is in the key

# Modules that change no row, and why; what they import is not followed.
NEUTRAL = {
    "core/errors": "words of a failure",
    "core/facewise": "which rows are made, never what",
    "core/manifest": "how rows are written; their schema is in every key",
    "core/metadata": "of a file's header alone, which none of these memos reads",
    "core/params": "how settings are read",
    "core/pool": "who computes, never what",
    "core/schemas": "in every key by value",
    "core/shards": "the keys themselves",
    "core/stage": "log and progress",
    "faces/download": "a model's bytes are what its digest says",
    "faces/registry": "models are in the key by their digests",
}
MEMOS: dict[str, tuple[ModuleType, Iterable[ModuleType], dict[str, str]]] = {
    "faces": (finder, (*finder.CODE, *BACKENDS), {"faces/onnx_encoder": "detection embeds nothing"}),
    "align": (
        align,
        (*align.CODE, *BACKENDS, onnx_encoder),
        {
            "faces/finder": "what it found is in the shard's stamp",
            "faces/backend": "types, and how encoders are opened",
        },
    ),
    "attributes": (labeller, labeller.CODE, {"faces/backend": "landmarks take the type of a box from it"}),
    "teacher": (
        taught,
        (*taught.CODE, cel, stylizer, runtimes),
        {"deploy/openvino_graph": "a teacher draws under ONNX Runtime"},
    ),
    "drawn": (
        drawn,
        (*drawn.CODE, *map(import_module, drawn.TILING)),
        {
            "styles/draft": "what follows the drawing",
            "styles/wishes": "what it makes of them is in the key by value",
            "faces/finder": "what it found is in the shard's stamp",
            "faces/backend": "types, and how detectors are opened",
        },
    ),
    "judged": (
        memo,
        (*memo.DRAWING, *memo.JUDGING, *BACKENDS, onnx_encoder, lpips),
        {
            "deploy/openvino_graph": "it draws under ONNX Runtime",
            "judging/collection": "whose rows are made, never what",
            "judging/models": "a model's digest is in the key",
            "judging/summary": "names of scores",
            "faces/finder": "settings are in the key",
            "faces/backend": "types, and how detectors and encoders are opened",
            "scores/interval": "what is made of the rows",
            "scores/kernel": "the same",
            "styles/trained": "where a model lies",
        },
    ),
    "stylize": (
        stylize,
        stylize.CODE,
        {
            "faces/finder": "settings alone are taken from it",
            "faces/backend": "types, and how detectors are opened",
            "styles/stylizer": "what it drew is in the shard that is read",
            "styles/tiles": "the same",
            "deploy/openvino_graph": "the same",
            "deploy/runtimes": "the same",
            "nets/condition": "what it makes of the wishes is in the key by value",
            "styles/trained": "where a model lies; its digest is in the key",
        },
    ),
}


def file_of(module: ModuleType) -> Path:
    return Path(str(module.__file__))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "tasks").with_suffix(""))


def followed(path: Path, neutral: Iterable[str]) -> set[str]:
    """What the module imports, directly or through what it imports, except the neutral ones."""
    seen, waiting = {path}, [path]
    while waiting:
        new = {found for found in imports(waiting.pop()) if name_of(found) not in neutral} - seen
        seen |= new
        waiting += new
    return {name_of(found) for found in seen - {path}}


@pytest.mark.parametrize("memo", MEMOS)
def test_the_key_of_a_memo_lists_every_module_that_shapes_its_rows(memo: str) -> None:
    module, code, excused = MEMOS[memo]
    assert followed(file_of(module), {*NEUTRAL, *excused}) <= {name_of(file_of(one)) for one in code}


def test_the_key_of_faces_follows_the_code_of_the_backend_that_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs: list[shards.Output] = []
    monkeypatch.setattr(shards, "update", lambda output, *_: outputs.append(output))
    finder.update(tmp_path, tmp_path, finder.Settings())
    assert {finder, dlib_backend, *finder.CODE} == set(outputs[0].code)
    assert PREDICTOR in outputs[0].settings["models"]


@pytest.mark.parametrize(("mode", "anew"), [("face", False), ("frame", True), ("paste", True)])
def test_drawings_of_whole_pictures_follow_the_code_of_tiles(
    mode: str, anew: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn.tiling(mode)
    (tmp_path / "changed.py").write_text("TILE = 64\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(drawn, "TILING", (*drawn.TILING[:-1], "changed"))
    assert (drawn.tiling(mode) != before) == anew
    assert set(before) == (set(drawn.TILING[:-1]) | {"tasks.styles.tiles"} if anew else set())


def test_the_key_of_drawings_is_told_without_torch() -> None:
    asked = "import sys; from tasks.styles import drawn; drawn.tiling('frame'); print('torch' in sys.modules)"
    child = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True, cwd=ROOT)
    assert child.stdout.strip() == "False"
