"""What the page asks for: take a photo in, draw it, change the steps after it, give pictures and files out."""

import hashlib
import time
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tasks.after.steps import Steps
from tasks.core import image, shards
from tasks.core.errors import UserError, require
from tasks.core.image import Image
from tasks.core.manifest import whole
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.styles import credentials
from tasks.styles.draft import Draft
from tasks.styles.portrait import LEAST_SIDE, Artist, NoFaceError, PhotoError, Wanted
from tasks.styles.provenance import Provenance
from tasks.trying import generators
from tasks.trying.desk import Desk, Drawing, Sheet, Times
from tasks.trying.generators import Generator

GONE = "This photo is no longer here. Please choose it again."
UNDRAWN = "There is no drawing yet that could be changed."
NO_FACE = "No face was found in this photo. Choose “whole picture”, or a photo with a face in it."
NARROW = f"This picture is too narrow to be drawn; its shorter side needs {LEAST_SIDE} pixels."
UNREADABLE = f"This is no picture that can be read here. Please take one of {', '.join(image.FORMATS)}."
SHOWN = 90  # quality of the WebP on the page
SAVED = {"webp": 92, "png": 100, "avif": 80, "jpeg": 92}  # formats of the download, and their quality
LARGEST = 1216  # pixels of a whole picture's longer side: one of 3:2 is drawn at once, a square in tiles


@dataclass(frozen=True)
class Limits:
    """How much of a photo is let in, and how much lies here at a time."""

    megabytes: int = 20
    megapixels: int = 50
    longest: int = 3072  # pixels of the longer side that are kept of a photo
    seats: int = 8  # sessions whose pictures are in memory
    minutes: float = 20  # for which an unused one keeps them


@dataclass
class Easel:
    """The generators and the desk; `folder` is for models, `keep` for what is downloaded, `signer` signs that."""

    models: list[Generator]
    faces: Settings
    folder: Path
    keep: Path | None = None
    signer: Any = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.desk = Desk(self.limits.seats, self.limits.minutes * 60)

    def take(self, session: str, data: bytes) -> str:
        """Lay a photo down and give its key; raises UserError for what is too large or no picture."""
        self.desk.seat(session)
        try:
            photo = readable(data, self.limits)
        except UserError:
            self.desk.leave(session)
            raise
        return self._put(session, Sheet(photo))

    def draw(self, session: str, words: str, wanted: Wanted, steps: Steps) -> tuple[str, Drawing]:
        """Draw the session's photo with the generator of that name and finish it; gives the key and the drawing.

        Raises UserError in plain words where there is no face, hardly a picture, no photo or no such generator.
        """
        sheet, model = self._sheet(session), self._model(words)
        began = time.perf_counter()
        path = generators.runnable(model.path, self.folder)
        artist = opened(path, self.faces)
        loaded = time.perf_counter()
        draft = self._draft(session, sheet, artist, replace(wanted, max_side=LARGEST, strength=steps.strength))
        drawn = time.perf_counter()
        finished = draft.finished(steps)
        times = Times(loaded - began, drawn - loaded, time.perf_counter() - drawn)
        made = Drawing(draft, model, digest(path), wanted, artist.runtime, times, steps, finished)
        return self._put(session, replace(sheet, drawing=made)), made

    def finish(self, session: str, steps: Steps) -> tuple[str, Drawing]:
        """Do other steps to what is drawn; only a generator that heeds the strength itself runs for another one."""
        sheet = self._sheet(session)
        made = sheet.drawing
        if made is None:
            raise UserError(UNDRAWN)
        if made.draft.controlled and steps.strength != made.steps.strength:
            return self.draw(session, made.generator.words, made.wanted, steps)
        began = time.perf_counter()
        finished = made.draft.finished(steps)
        times = replace(made.times, steps=time.perf_counter() - began)
        made = replace(made, steps=steps, finished=finished, times=times)
        return self._put(session, replace(sheet, drawing=made)), made

    def picture(self, key: str, which: str) -> bytes | None:
        """WebP of `photo`, `before` or `after` for the page; None where it lies here no more."""
        sheet = self.desk.under(key)
        if sheet is None or (which != "photo" and sheet.drawing is None):
            return None
        if which == "photo" or sheet.drawing is None:
            return image.encode(sheet.photo, "webp", SHOWN)
        made = sheet.drawing
        return image.encode(made.draft.photo if which == "before" else made.finished, "webp", SHOWN)

    def file(self, key: str, form: str) -> bytes | None:
        """The drawing as a file with its provenance, kept where that is asked for; None where it is no longer here."""
        sheet = self.desk.under(key)
        if sheet is None or sheet.drawing is None or form not in SAVED:
            return None
        made = sheet.drawing
        settings = asdict(made.steps) | {"mode": made.wanted.mode, "wishes": list(made.wanted.wishes)}
        told = Provenance(made.generator.words, made.digest, "", settings)  # whose photo it was is nobody's business
        data = image.encode(made.finished, form, SAVED[form], told.packet())
        data = credentials.signed(data, form, told, self.signer) if self.signer else data
        if self.keep:
            with whole(self.keep / f"{hashlib.sha256(data).hexdigest()[:16]}.{form}") as part:
                part.write_bytes(data)
        return data

    def _draft(self, session: str, sheet: Sheet, artist: Artist, wanted: Wanted) -> Draft:
        try:
            return artist.draft(sheet.photo, wanted)
        except PhotoError as fault:
            self.desk.put(session, replace(sheet, drawing=None))  # what is not shown is not changed either
            raise UserError(NO_FACE if isinstance(fault, NoFaceError) else NARROW) from fault

    def _put(self, session: str, sheet: Sheet) -> str:
        key = self.desk.put(session, sheet)
        if key is None:  # it has left meanwhile
            raise UserError(GONE)
        return key

    def _sheet(self, session: str) -> Sheet:
        sheet = self.desk.of(session)
        if sheet is None:
            raise UserError(GONE)
        return sheet

    def _model(self, words: str) -> Generator:
        found = next((model for model in self.models if model.words == words), None)
        if found is None:
            raise UserError(f"There is no generator {words!r} here. Please reload the page.")
        return found


def readable(data: bytes, limits: Limits) -> Image:
    """The picture, its longer side at most `limits.longest`; UserError, before anything is decoded, where it is not."""
    most = limits.megabytes * 2**20
    require(len(data) <= most, f"This file has more than {limits.megabytes} MiB. Please take a smaller one.")
    try:
        head = image.header(data)
        width, height = head.width, head.height
        words = f"This picture has {width} × {height} pixels; up to {limits.megapixels} megapixels are taken."
        require(width * height <= limits.megapixels * 1_000_000, words)
        photo = image.decode(data)
    except (OSError, ValueError) as fault:
        raise UserError(UNREADABLE) from fault
    height, width = photo.shape[:2]
    scale = limits.longest / max(height, width)
    return photo if scale >= 1 else image.resize(photo, max(round(width * scale), 1), max(round(height * scale), 1))


@lru_cache(maxsize=2)  # a generator takes some hundred megabytes while it is loaded
def opened(path: Path, faces: Settings) -> Artist:
    """The artist who draws with that generator, and the detector loaded."""
    finder.opened(faces)
    return Artist(path, faces)


@lru_cache(maxsize=16)
def digest(path: Path) -> str:
    """sha256 of the generator's file."""
    return shards.file_digest(path)
