"""The studio in a real browser, served by the process that a person would start."""

import io
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as Pil

from tasks.sample import packaged as image_of
from tasks.styles import provenance
from tasks.trying import folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("gradio")
ROOT = Path(__file__).parents[2]


def start() -> tuple["subprocess.Popen[str]", str]:
    words = [sys.executable, "-m", "flows.cli", "studio", "--port", "0"]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().split()[0]


def own_folders() -> set[Path]:
    return set(folder.place().glob(f"{folder.PREFIX}*/"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process, at = start()
    yield at
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)


@pytest.fixture
def studio(page: "Page", address: str) -> "Page":
    page.goto(address)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    return page


def png(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
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
    files = [{"name": "photo.png", "mimeType": "image/png", "buffer": content}]
    page.set_input_files("#photo input[type=file]", files)  # type: ignore[arg-type]


def says(page: "Page", words: str) -> str:
    page.wait_for_function(
        "words => document.querySelector('#words').innerText.includes(words)", arg=words, timeout=30_000
    )
    return page.inner_text("#words")


def after(page: "Page") -> bytes:
    address = page.eval_on_selector_all("#pair img", "all => all.map(each => each.src).find(a => a.includes('/after'))")
    return page.request.get(str(address)).body()


def test_a_face_is_drawn_and_a_step_changes_it_without_the_generator(studio: "Page") -> None:
    elsewhere: list[str] = []
    studio.context.on(
        "request",
        lambda r: None if "127.0.0.1" in r.url or r.url[:5] in ("data:", "blob:") else elsewhere.append(r.url),
    )
    studio.reload()
    studio.wait_for_selector("#photo input[type=file]", state="attached")
    choose(studio, png(image_of("astronaut")))
    drawn = says(studio, "drawn in")
    first = after(studio)
    studio.fill("#strength input[type=number]", "0.4")
    studio.wait_for_function(
        "old => [...document.querySelectorAll('#pair img')].some(e => e.src.includes('/after') && e.src != old)",
        arg=studio.eval_on_selector_all("#pair img", "all => all.map(e => e.src).find(a => a.includes('/after'))"),
    )
    assert after(studio) != first
    assert says(studio, "drawn in") == drawn  # the time of the drawing is the first one's: nothing was drawn anew
    with studio.expect_download() as got:
        studio.click("#files a >> text=AVIF")
    told = provenance.read(Path(got.value.path()).read_bytes())
    assert told is not None and told.settings["strength"] == 0.4
    assert elsewhere == []
    assert not [path for own in own_folders() for path in (own / folder.UPLOADS).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png(image_of("coffee")), "No face was found"),
        (bomb(), "60000 × 60000 pixels"),
        (b"no picture at all", "no picture that can be read"),
    ],
    ids=["no face", "bomb", "no picture"],
)
def test_what_cannot_be_drawn_is_told_in_words(studio: "Page", content: bytes, words: str) -> None:
    choose(studio, content)
    assert "Traceback" not in says(studio, words)


def test_too_many_bytes_are_refused_by_the_server(address: str, browser: "Browser") -> None:
    context = browser.new_context()
    files = {"files": {"name": "a.png", "mimeType": "image/png", "buffer": bytes(21 * 2**20)}}
    answer = context.request.post(f"{address}gradio_api/upload", multipart=files)  # type: ignore[arg-type]
    assert answer.status == 413
    context.close()


def test_a_killed_studio_leaves_nothing_once_the_next_has_begun() -> None:
    before = own_folders()
    process, _ = start()
    (left,) = own_folders() - before
    (left / folder.UPLOADS / "photo.png").write_bytes(png(image_of("astronaut")))
    process.kill()
    process.communicate()
    with folder.claimed():
        assert not left.exists()
