"""How fast the review page goes from a key to the next pair of pictures: reports/benchmarks/review.md.

`python -m benchmarks.review` with 1,000 candidates of 256-pixel crops, every one decided in Chromium as soon as it is
on the screen: the decision is stored, the next two pictures are decoded and painted. Needs the extra `dev`, Chromium.
"""

import os
import shutil
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.loader import textured
from tasks import review
from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import encode_png
from tasks.reviewing.crops import Crops
from tasks.reviewing.decisions import read
from tasks.reviewing.desk import Desk
from tasks.reviewing.service import service
from tasks.web import door
from tests.reviewing.collection import collection, face
from tests.web.conftest import ARGUMENTS, CHROMIUM, serving

OUT = Path("reports/benchmarks/review.md").resolve()
KINDS, SIZE = 100, 256
TIMED = """() => {
  window.spent = [];
  let pressed = 0;
  document.addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  const painted = () => {
    const after = new MessageChannel();
    after.port1.onmessage = () => { window.spent.push(performance.now() - pressed); window.shown?.(); };
    after.port2.postMessage(0);
  };
  new MutationObserver(() => requestAnimationFrame(painted)).observe(document.body, { attributeFilter: ["data-of"] });
}"""


def main() -> None:
    """Measure and write the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write(count)
        opened, spent = measure(count)
    middle, late, last = np.percentile(spent, [50, 95, 100])
    text = f"""# Review

{machine()} Also chromium without a window, playwright {version("playwright")}.

{count} generated candidates of {SIZE}-pixel crops, each decided by a key as soon as it is painted. A key's time ends
when the decision is on disk and the next two pictures are painted. The first pair is on the screen {opened:.2f} s after
the page is asked for.

| keys | median, ms | 95th percentile, ms | longest, ms |
|---|---|---|---|
| {len(spent)} | {middle:.0f} | {late:.0f} | {last:.0f} |
"""
    with manifest.whole(OUT) as part:
        part.write_text(text)
    print(text)


def measure(count: int) -> tuple[float, list[float]]:
    """Seconds to the first pair, and for each key the milliseconds to the next."""
    at = door.opened("127.0.0.1", 0)
    desk = Desk(review.items(), "ada", Path("reviews"), 0)
    app = door.guarded(service(desk, Crops(Path("data/align"))), at, review.BODY)
    with serving(app, at), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        began = time.perf_counter()
        page.goto(at.address)
        page.locator("figure img").first.wait_for()
        opened = time.perf_counter() - began
        spent = pressed(page, count - 1)
    if len(read(Path("reviews/ada.jsonl"))) != count - 1:
        raise AssertionError("a key was lost")
    return opened, spent


def pressed(page: Page, keys: int) -> list[float]:
    """Press accept and reject in turn, each as soon as the last one's pictures are painted."""
    page.wait_for_timeout(500)  # so that the first key is one like the others
    page.evaluate(TIMED)
    for number in range(keys):
        page.keyboard.press("ar"[number % 2])
        page.evaluate("(n) => new Promise((done) => spent.length > n ? done() : window.shown = done)", number)
    found: list[float] = page.evaluate("spent")
    return found


def write(count: int) -> None:
    """A collection in which no two candidates that follow each other share a picture."""
    collection(Path(), photos=count, drawings=1)
    pairs = manifest.read(Path("data/pair.parquet"), manifest.PAIR).to_pylist()
    rows = manifest.read(Path("data/align/first.parquet"), manifest.ALIGN).to_pylist()
    pngs = [encode_png(textured(kind, 5.0, SIZE)) for kind in range(KINDS)]
    faces = [rows[0] | {"face_id": face(n), "image": {"bytes": pngs[n % KINDS], "path": ""}} for n in range(2 * count)]
    manifest.write_rows(faces, Path("data/align/first.parquet"), manifest.ALIGN)
    paired = [row | {"anime": face(count + number)} for number, row in enumerate(pairs)]
    manifest.write_rows(paired, Path("data/pair.parquet"), manifest.PAIR)


if __name__ == "__main__":
    main()
