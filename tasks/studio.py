"""A page to try a photo: run as `selfie2anime studio`.

Nothing of it is kept: uploads stand in a folder until they are read (in memory on Linux, on the disk elsewhere; what a
killed studio left there goes at the next start), pictures are in memory for a session, and drawings go to a folder only
where `--keep` names one.
"""

import io
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image as Pil

from tasks import sample
from tasks.after.steps import Steps
from tasks.core import params
from tasks.core.errors import UserError, require
from tasks.faces.finder import Settings
from tasks.styles import credentials
from tasks.styles.portrait import Wanted
from tasks.trying import folder, generators
from tasks.trying.desk import Drawing
from tasks.trying.easel import SAVED, Easel, Limits
from tasks.web import door

EXAMPLES = {"astronaut": "astronaut", "admiral": "hopper"}  # of the sample, what is in the public domain
NOTABLE = 0.05  # seconds of loading from which they are told: no generator loads faster
FORM = 2**16  # bytes of an upload that are not the photo


@dataclass(frozen=True)
class Request:
    """Where the page is, where drawings that are downloaded are kept as well, and whether the browser is opened."""

    host: str = "127.0.0.1"
    port: int = 8770
    keep: Path | None = None
    show: bool = False


def serve(request: Request) -> None:
    """Serve the page until a signal comes; raises UserError where a package, a generator or the address is missing."""
    require(find_spec("gradio") is not None, "the studio needs the package gradio; pip install '.[studio]'")
    models = generators.at_hand()
    require(bool(models), "no generator is at hand; `selfie2anime retrain` makes one")
    at = door.opened(request.host, request.port)
    signer = credentials.signer() if os.environ.get(credentials.CERTIFICATES) else None
    limits = Limits()
    with folder.claimed() as own:
        easel = Easel(models, params.load("faces", Settings), own, request.keep, signer, limits)
        app = studio(easel, own / folder.UPLOADS)
        door.serve(door.guarded(app, at, limits.megabytes * 2**20 + FORM), at, request.show)


def studio(easel: Easel, uploads: Path) -> Any:
    """The whole application; Gradio is imported here, after it was told where uploads go and that it stays at home."""
    quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "GRADIO_TEMP_DIR": str(uploads)}
    os.environ.update(quiet)
    from tasks.pages import studio as pages
    from tasks.trying.app import application

    controls = {model.words: model.controls for model in easel.models}
    blocks = pages.page(Answers(easel, uploads), controls, list(EXAMPLES), list(SAVED))
    return pages.mounted(application(easel, uploads), blocks, easel.limits.megabytes * 2**20)


@dataclass(frozen=True)
class Answers:
    """The easel, as the page speaks to it."""

    easel: Easel
    uploads: Path

    def take(self, session: str, upload: Path) -> Any:
        """The photo is read, and its file is gone."""
        data = folder.read(self.uploads, upload)
        if data is None:
            raise UserError("The upload was lost on its way. Please choose the photo again.")
        folder.remove(upload)
        return _shown(self.easel.take(session, data), "Drawing …")

    def example(self, session: str, name: str) -> Any:
        """A picture of the sample."""
        out = io.BytesIO()
        Pil.fromarray(sample.packaged(EXAMPLES[name])).save(out, "png", compress_level=1)
        return _shown(self.easel.take(session, out.getvalue()), "Drawing …")

    def draw(self, session: str, model: str, mode: str, wishes: Mapping[str, str], steps: Mapping[str, float]) -> Any:
        """Drawn with that generator in that mode, as is wished."""
        wanted = Wanted(mode=mode, wishes=tuple(f"{control}={word}" for control, word in wishes.items()))
        return _told(*self.easel.draw(session, model, wanted, Steps(**steps)))

    def finish(self, session: str, steps: Mapping[str, float]) -> Any:
        """Other steps done to it."""
        return _told(*self.easel.finish(session, Steps(**steps)))

    def leave(self, session: str) -> None:
        """Forgotten."""
        self.easel.desk.leave(session)


def _told(key: str, made: Drawing) -> Any:
    height, width = made.finished.shape[:2]
    who, times = f"{made.generator.words} ({made.runtime})", made.times
    loading = f", loaded in {times.loading:.1f} s" if times.loading > NOTABLE else ""
    touched = f", touched up in {1000 * times.steps:.0f} ms" if made.steps != Steps() else ""
    spent = f"drawn in {times.drawing:.2f} s{loading}{touched}"
    return _shown(key, f"{who}: {spent}; {width} × {height}")


def _shown(key: str, words: str) -> Any:
    from tasks.pages.studio_events import Shown

    return Shown(key, uuid.uuid4().hex[:8], words)
