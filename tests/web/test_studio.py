"""The studio in a real browser: a small generator, everything else as it is served."""

import json
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tasks.core.image import resize
from tasks.faces.finder import Settings
from tasks.sample import packaged
from tasks.studio import studio
from tasks.styles import provenance
from tasks.trying import easel as easels
from tasks.trying import folder
from tasks.trying.easel import Easel, Limits
from tasks.trying.generators import Generator
from tasks.web import door
from tests.styles.drawing import darkening
from tests.web.conftest import ARGUMENTS, CHROMIUM, PATIENCE, serving
from tests.web.trying import Served, after, bomb, choose, counted, handle, opened, photo_share, png, says, traces, until

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


@pytest.fixture
def tried(page: "Page", served: Served) -> "Page":
    """The page, ready for a photo."""
    return opened(page, served)


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


def test_a_page_that_closes_while_it_is_drawn_for_is_forgotten_too(browser: "Browser", served: Served) -> None:
    page = opened(browser.new_page(), served)
    served.gate.clear()
    try:
        choose(page, png(FACE))
        says(page, "Drawing")
        until(page, lambda: len(served.easel.desk) == 1)
        page.close()
        other = opened(browser.new_page(), served)
        until(other, lambda: len(served.easel.desk) == 0)
    finally:
        served.gate.set()
    choose(other, b"no picture")  # it waits for the drawing's end
    says(other, "no picture that can be read")
    assert len(served.easel.desk) == 0
    other.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no picture", "no picture that can be read"), (bomb(), "60000 × 60000"), (png(NOBODY), "No face was found")],
    ids=["no picture", "bomb", "no face"],
)
def test_what_cannot_be_drawn_is_told_in_words(tried: "Page", content: bytes, words: str) -> None:
    choose(tried, content)
    assert "Traceback" not in says(tried, words)
    assert tried.locator("#pair img").count() == 0


def test_a_photo_chosen_before_another_was_refused_is_drawn(tried: "Page", monkeypatch: pytest.MonkeyPatch) -> None:
    gate, read = threading.Event(), easels.readable
    monkeypatch.setattr(easels, "readable", lambda *given: read(*given) if gate.wait(PATIENCE) else None)
    choose(tried, b"no picture")
    tried.get_by_label("Remove image").click()
    choose(tried, png(FACE))
    tried.locator("#photo img").wait_for()
    gate.set()
    says(tried, "drawn in")


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


@pytest.mark.parametrize(
    "path", ["gradio_api/file=%00", "gradio_api/file=a%00b", "looks/%C3%A9/photo", "looks/%FF/after"]
)
def test_an_address_of_nothing_is_not_found(page: "Page", served: Served, path: str) -> None:
    assert page.request.get(served.address + path).status == 404


@pytest.mark.parametrize("path", ["{}/secret.png", "zero\0byte", "http://127.0.0.1:9/photo.png"])
def test_only_an_upload_is_read_whatever_path_is_told(page: "Page", served: Served, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.png").write_bytes(png(FACE))
    photo = {"path": path.format(tmp_path), "meta": {"_type": "gradio.FileData"}}
    ask = {"data": [photo], "fn_index": 0, "session_hash": "stranger"}
    page.request.post(f"{served.address}gradio_api/queue/join", data=json.dumps(ask), headers=JSON)
    told = page.request.get(f"{served.address}gradio_api/queue/data?session_hash=stranger").text()
    assert "The upload was lost on its way" in told
    assert traces(served, png(FACE)) == []


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
