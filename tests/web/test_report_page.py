"""reports/index.html in a real browser: what a reader can move, and that nothing leaves the page."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.pages.report import render
from tests.pages.comparison import report, result

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OVER = "getComputedStyle(document.querySelector('#sheet .over')).clipPath"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page as a file."""
    path: Path = tmp_path_factory.mktemp("reports") / "index.html"
    path.write_text(render(report(result(faces=24, released=True), worst=6)))
    return path.as_uri()


def test_arrow_keys_and_the_pointer_move_the_drawing_over_the_photo(page: "Page", address: str) -> None:
    page.goto(address)
    slider = page.locator("#sheet .stage input").first
    start = page.evaluate(OVER)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    by_key = page.evaluate(OVER)
    box = slider.bounding_box()
    assert box
    slider.click(position={"x": box["width"] * 0.2, "y": box["height"] / 2})
    assert len({start, by_key, page.evaluate(OVER)}) == 3
    assert abs(float(page.evaluate(OVER).split()[-1].rstrip("%)")) - 20) < 3


def test_a_finger_moves_it_too(browser: "Browser", address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    touched = context.new_page()
    touched.goto(address)
    start = touched.evaluate(OVER)
    box = touched.locator("#sheet .stage").first.bounding_box()
    assert box
    touched.locator("#sheet .stage input").first.tap(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
    touched.wait_for_function(f"start => {OVER} !== start", arg=start)  # a tap is told from a swipe by and by
    context.close()


def test_the_sheet_can_show_each_models_drawing_and_all_faces_at_once(page: "Page", address: str) -> None:
    page.goto(address)
    source = "document.querySelector('#sheet .over').src"
    seen = [page.evaluate(source)]
    for model in ("base", "release"):
        page.locator(f"input[name=sheet-drawing][value={model}]").check()
        seen.append(page.evaluate(source))
    assert len(set(seen)) == 3
    page.locator(".switch[data-for=sheet] .all input").fill("100")
    cuts = "[...document.querySelectorAll('#sheet .over')].map((one) => getComputedStyle(one).clipPath)"
    assert len(set(page.evaluate(cuts))) == 1


@pytest.mark.parametrize(("select", "boards"), [("#worst-by", "#worst-boards"), ("#slices-by", "#slice-boards")])
def test_one_score_is_shown_at_a_time_and_another_can_be_chosen(
    page: "Page", address: str, select: str, boards: str
) -> None:
    page.goto(address)
    shown = page.locator(f"{boards} > .board:visible")
    assert [shown.count(), shown.get_attribute("data-board")] == [1, "identity"]
    page.locator(select).select_option("nme")
    assert [shown.count(), shown.get_attribute("data-board")] == [1, "nme"]


def test_every_picture_that_is_in_sight_was_drawn(page: "Page", address: str) -> None:
    page.goto(address)
    page.locator("#worst-by").select_option("gmsd")
    page.locator("details.kind").first.evaluate("part => (part.open = true)")
    page.wait_for_function("[...document.images].every((one) => !one.src || one.complete)")
    blank = "[...document.images].filter((one) => one.checkVisibility() && !one.naturalWidth).length"
    assert page.evaluate(blank) == 0


def test_nothing_is_asked_of_the_network(page: "Page", address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.locator("#worst-by").select_option("nme")
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert [url for url in asked if url.startswith("file:")] == [address]


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_is_never_wider_than_the_screen(page: "Page", address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_every_score_shows_its_first_faces(page: "Page", address: str) -> None:
    page.set_viewport_size({"width": 703, "height": 1000})  # CSS pixels between the margins of A4
    page.goto(address)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert page.locator("#worst-boards > .board:visible").count() == page.locator("#worst-by option").count()
    assert page.locator("[data-board=gmsd] .face:visible").count() == 4
    assert not page.locator("#worst-by").is_visible()


def test_without_scripts_the_sheet_is_seen(browser: "Browser", address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    assert plain.locator("#sheet img[src^='data:']").count() == plain.locator("#sheet img").count() > 0
    assert plain.locator("#worst noscript").count() == 1
    assert plain.locator(".controls:visible").count() == 0
    context.close()
