"""What a person does in the studio, and what can be seen of it."""

import io
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pil

from tasks.core.image import Image, decode
from tasks.styles.portrait import Artist
from tasks.trying import folder
from tasks.trying.easel import Easel
from tests.web.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

AFTER = "[...document.querySelectorAll('#pair img')].map((one) => one.src).find((a) => a.includes('/after'))"

LOADED = "[...document.querySelectorAll('#pair img')].every((one) => one.complete && one.naturalWidth)"


@dataclass
class Served:
    """A studio that is served, what it holds, and what its generator was asked."""

    address: str
    easel: Easel
    watched: Path  # the temporary folder, and the one of uploads
    drafts: list[str] = field(default_factory=list)  # the mode of each
    gate: threading.Event = field(default_factory=threading.Event)  # closed: generators wait


def counted(it: Served, patch: pytest.MonkeyPatch) -> None:
    """Have the generator's calls counted, and let them wait at the gate."""
    draft = Artist.draft
    it.gate.set()

    def drawn(artist: Artist, photo: Image, wanted: Any) -> Any:
        it.drafts.append(wanted.mode)
        assert it.gate.wait(PATIENCE)
        return draft(artist, photo, wanted)

    patch.setattr(Artist, "draft", drawn)


def opened(page: "Page", served: Served) -> "Page":
    page.goto(served.address)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    return page


def png(picture: Image) -> bytes:
    out = io.BytesIO()
    Pil.fromarray(picture).save(out, "png", compress_level=1)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG whose header promises 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def choose(page: "Page", content: bytes) -> None:
    page.locator("#photo img").wait_for(state="detached")
    file: Any = {"name": "photo.png", "mimeType": "image/png", "buffer": content}
    page.set_input_files("#photo input[type=file]", file)


def says(page: "Page", words: str) -> str:
    page.wait_for_function("words => document.querySelector('#words').innerText.includes(words)", arg=words)
    return page.inner_text("#words")


def after(page: "Page", than: str = "") -> tuple[str, Image]:
    """The address of the drawing that is shown, once it is another one, and the drawing."""
    page.wait_for_function(f"old => ({AFTER} ?? old) !== old && {LOADED}", arg=than)
    address = str(page.evaluate(AFTER))
    return address, decode(page.request.get(address).body())


def until(page: "Page", holds: Callable[[], bool]) -> None:
    """Wait for what no page shows."""
    for _ in range(20 * PATIENCE):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail(f"it did not come to that within {PATIENCE} seconds")


def handle(page: "Page") -> tuple[float, float]:
    box = page.locator("#pair [role=none] .inner, #pair .outer").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def photo_share(page: "Page") -> float:
    """How much brighter than its right the pair's picture is: the drawing is darker than the photo."""
    picture = Pil.open(io.BytesIO(page.locator("#pair .image-container").screenshot())).convert("L")
    return float(np.asarray(picture)[60:].mean())


def traces(served: Served, upload: bytes) -> list[Path]:
    """Files in the temporary folder that are pictures or hold a part of the upload."""
    part = upload[len(upload) // 2 :][:64]
    files = [path for path in served.watched.rglob("*") if path.is_file()]
    return [path for path in files if part in path.read_bytes() or folder.UPLOADS in path.parts]
