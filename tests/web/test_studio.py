"""The studio in a real browser: a small generator, everything else as it is served."""

import io
import json
import re
import shutil
import struct
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pil

from tasks.core.image import Image, decode, resize
from tasks.faces.finder import Settings
from tasks.sample import packaged
from tasks.studio import studio
from tasks.styles import provenance
from tasks.styles.portrait import Artist
from tasks.trying import folder
from tasks.trying.easel import Easel, Limits
from tasks.trying.generators import Generator
from tasks.web import door
from tests.styles.drawing import darkening
from tests.web.conftest import ARGUMENTS, CHROMIUM, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("gradio")
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")  # of pandas, to Gradio
FACE = resize(packaged("astronaut")[:280, 90:370], 320, 320)
NOBODY = np.full((120, 160, 3), 90, np.uint8)
JSON = {"content-type": "application/json"}
MOST = 2 * 2**20  # bytes of a photo
SEATED = 3  # requests that may wait
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
AFTER = "[...document.querySelectorAll('#pair img')].map((one) => one.src).find((a) => a.includes('/after'))"


@dataclass
class Served:
    """A studio that is served, what it holds, and what its generator was asked."""

    address: str
    easel: Easel
    watched: Path  # the temporary folder, and the one of uploads
    drafts: list[str] = field(default_factory=list)  # the mode of each
    gate: threading.Event = field(default_factory=threading.Event)  # closed: generators wait


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    watched, kept, models = (tmp_path_factory.mktemp(name) for name in ("watched", "kept", "models"))
    model = Generator("Dark", darkening(models / "generator.onnx"))
    with pytest.MonkeyPatch.context() as patch, folder.claimed(watched) as own:
        patch.setattr(tempfile, "tempdir", str(watched))
        patch.setenv("GRADIO_TEMP_DIR", "")  # so that it is as before when all is over
        patch.delenv(door.VARIABLE, raising=False)
        patch.setattr("tasks.pages.studio.WAITING", SEATED)
        easel = Easel([model], Settings(), own, kept, limits=Limits(megabytes=MOST // 2**20))
        at = door.opened("127.0.0.1", 0)
        it = Served(at.address, easel, watched)
        counted(it, patch)
        with serving(door.guarded(studio(easel, own / folder.UPLOADS), at, MOST), at):
            yield it


def counted(it: Served, patch: pytest.MonkeyPatch) -> None:
    """Have the generator's calls counted, and let them wait at the gate."""
    draft = Artist.draft
    it.gate.set()

    def drawn(artist: Artist, photo: Image, wanted: Any) -> Any:
        it.drafts.append(wanted.mode)
        assert it.gate.wait(20)
        return draft(artist, photo, wanted)

    patch.setattr(Artist, "draft", drawn)


@pytest.fixture
def tried(page: "Page", served: Served) -> "Page":
    """The page, ready for a photo."""
    return opened(page, served)


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
    page.set_input_files(
        "#photo input[type=file]", files=[{"name": "photo.png", "mimeType": "image/png", "buffer": content}]
    )


def says(page: "Page", words: str) -> str:
    page.wait_for_function("words => document.querySelector('#words').innerText.includes(words)", arg=words)
    return page.inner_text("#words")


def after(page: "Page", than: str = "") -> tuple[str, Image]:
    """The address of the drawing that is shown, once it is another one, and the drawing."""
    page.wait_for_function(f"old => ({AFTER} ?? old) !== old", arg=than)
    address = str(page.evaluate(AFTER))
    return address, decode(page.request.get(address).body())


def until(page: "Page", holds: Callable[[], bool]) -> None:
    """Wait for what no page shows."""
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail("it did not come to that within ten seconds")


def test_a_step_changes_the_drawing_and_the_generator_ran_once(tried: "Page", served: Served) -> None:
    ran = len(served.drafts)
    choose(tried, png(FACE))
    assert "touched up" not in says(tried, "drawn in")
    first, drawn = after(tried)
    tried.click("#steps button")
    tried.check("#sharpen-on input")
    second, sharpened = after(tried, first)
    assert not np.array_equal(drawn, sharpened)
    tried.fill("#strength input[type=number]", "0")
    third, photo = after(tried, second)
    assert re.search(r"drawn in \d+\.\d\d s.*, touched up in \d+ ms", says(tried, "touched up in"))
    assert photo.mean() > drawn.mean() * 1.2
    tried.uncheck("#sharpen-on input")
    after(tried, third)
    assert len(served.drafts) == ran + 1
    tried.get_by_label("whole picture").check()
    says(tried, "320 × 320")
    assert served.drafts[ran:] == ["face", "frame"]


def test_the_slider_shows_more_or_less_of_the_photo(tried: "Page") -> None:
    choose(tried, png(FACE))
    says(tried, "drawn in")
    after(tried)
    box = tried.locator("#pair .image-container").bounding_box()
    assert box is not None
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    seen = [photo_share(tried)]
    for x in (middle - 150, middle + 150):
        tried.mouse.move(*handle(tried))
        tried.mouse.down()
        tried.mouse.move(x, y, steps=4)
        tried.mouse.up()
        seen.append(photo_share(tried))
    assert seen[1] < seen[0] < seen[2]


def handle(page: "Page") -> tuple[float, float]:
    box = page.locator("#pair [role=none] .inner, #pair .outer").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def photo_share(page: "Page") -> float:
    """How much brighter than its right the pair's picture is: the drawing is darker than the photo."""
    picture = Pil.open(io.BytesIO(page.locator("#pair .image-container").screenshot())).convert("L")
    return float(np.asarray(picture)[60:].mean())


def test_a_download_tells_its_making_is_kept_and_nothing_else_is_stored(tried: "Page", served: Served) -> None:
    elsewhere: list[str] = []
    home = (served.address, "data:", "blob:")
    tried.on("request", lambda request: None if request.url.startswith(home) else elsewhere.append(request.url))
    tried.reload()
    upload = png(FACE)
    choose(tried, upload)
    says(tried, "drawn in")
    after(tried)
    with tried.expect_download() as got:
        tried.click("#files a >> text=AVIF")
    data = Path(got.value.path()).read_bytes()
    told = provenance.read(data)
    assert told is not None and told.settings["mode"] == "face"
    assert served.easel.keep is not None
    assert [path.read_bytes() for path in served.easel.keep.iterdir()] == [data]
    assert elsewhere == []
    assert traces(served, upload) == []


def traces(served: Served, upload: bytes) -> list[Path]:
    """Files in the temporary folder that are pictures or hold a part of the upload."""
    part = upload[len(upload) // 2 :][:64]
    files = [path for path in served.watched.rglob("*") if path.is_file()]
    return [path for path in files if part in path.read_bytes() or folder.UPLOADS in path.parts]


def test_the_watched_folder_is_where_an_upload_would_be(page: "Page", served: Served) -> None:
    upload = png(FACE)
    files: Any = {"files": {"name": "photo.png", "mimeType": "image/png", "buffer": upload}}
    (path,) = page.request.post(f"{served.address}gradio_api/upload", multipart=files).json()
    assert traces(served, upload) == [Path(path)]
    folder.sweep(served.easel.folder / folder.UPLOADS, -1)
    assert traces(served, upload) == []


def test_a_closed_page_is_forgotten(browser: "Browser", served: Served) -> None:
    context = browser.new_context()
    page = opened(context.new_page(), served)
    choose(page, png(FACE))
    says(page, "drawn in")
    address, _ = after(page)
    page.close()
    other = context.new_page()
    until(other, lambda: other.request.get(address).status == 404)
    until(other, lambda: len(served.easel.desk) == 0)  # of the tests before as well
    context.close()


def test_what_cannot_be_drawn_is_told_in_words_and_the_next_photo_is_taken(tried: "Page") -> None:
    cases = [
        (b"no picture", "no picture that can be read"),
        (bomb(), "60000 × 60000"),
        (png(NOBODY), "No face was found"),
    ]
    for content, words in cases:
        choose(tried, content)
        assert "Traceback" not in says(tried, words)
        assert tried.locator("#pair img").count() == 0
    tried.get_by_label("whole picture").check()
    says(tried, "160 × 120")


def test_what_is_chosen_while_it_draws_is_drawn_next(tried: "Page", served: Served) -> None:
    ran = len(served.drafts)
    served.gate.clear()
    try:
        choose(tried, png(FACE))
        says(tried, "Drawing")
        tried.get_by_label("whole picture").check()
        tried.get_by_label("picture, finer faces").check()
    finally:
        served.gate.set()
    until(tried, lambda: served.drafts[-1] == "paste")
    assert served.drafts[ran] == "face"


def test_without_a_photo_nothing_is_drawn_and_nothing_is_wrong(tried: "Page", served: Served) -> None:
    ran = len(served.drafts)
    tried.get_by_label("whole picture").check()
    tried.fill("#strength input[type=number]", "0.5")
    says(tried, "Choose a photo")
    choose(tried, png(NOBODY))
    says(tried, "drawn in")
    assert served.drafts[ran:] == ["frame"]
    assert tried.get_by_role("alert").count() == 0


def test_too_many_bytes_are_refused_by_the_server(page: "Page", served: Served) -> None:
    files: Any = {"files": {"name": "a.png", "mimeType": "image/png", "buffer": bytes(MOST + 1)}}
    assert page.request.post(f"{served.address}gradio_api/upload", multipart=files).status == 413


def test_a_full_queue_is_told_in_words(tried: "Page", served: Served) -> None:
    served.gate.clear()
    try:
        tried.get_by_role("button", name="the astronaut").click()
        says(tried, "Drawing")
        for number in range(SEATED):
            ask = {"data": [None], "fn_index": 0, "session_hash": f"other{number}"}
            joined = tried.request.post(f"{served.address}gradio_api/queue/join", data=json.dumps(ask), headers=JSON)
            assert joined.ok, joined.text()
        tried.get_by_role("button", name="the admiral").click()
        tried.get_by_text(re.compile("busy|queue is full", re.IGNORECASE)).first.wait_for()
    finally:
        served.gate.set()
    says(tried, "drawn in")


def test_the_camera_takes_a_photo(browser: "Browser", served: Served) -> None:
    chromium = browser.browser_type.launch(executable_path=shutil.which(CHROMIUM), args=[*ARGUMENTS, *CAMERA])
    page = opened(chromium.new_page(permissions=["camera"]), served)
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#photo video')?.readyState === 4")
    page.get_by_label("capture photo").click()
    page.locator("#photo img[src*='/looks/']").wait_for()
    page.wait_for_function("/No face was found|drawn in/.test(document.querySelector('#words').innerText)")
    chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window_in_either_scheme(page: "Page", served: Served, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    opened(page, served)
    page.click("#steps button")
    page.check("#denoise-on input")
    for width in (360, 760, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert (sum(paper) < 200) is (scheme == "dark")
