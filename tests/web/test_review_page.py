"""The review page in a real browser, over a real service."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks import review
from tasks.reviewing import decisions, queue
from tasks.reviewing.crops import Crops
from tasks.reviewing.decisions import Decision, Log
from tasks.reviewing.desk import Desk
from tasks.reviewing.service import service
from tasks.web import door
from tests.reviewing.collection import collection, face, pair_of
from tests.web.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

Sit = Callable[..., str]


@pytest.fixture
def sit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sit]:
    """Open the page of a reviewer of a small project; returns its address. The one before leaves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(door.VARIABLE, raising=False)
    collection(tmp_path)
    with ExitStack() as stack:

        def opened(reviewer: str, overlap: float = 0.0, host: str = "127.0.0.1") -> str:
            stack.close()
            desk = Desk(review.items(), reviewer, decisions.LIVE, overlap, decisions.REVIEWS)
            stack.callback(desk.close)
            at = door.opened(host, 0)
            stack.enter_context(serving(door.guarded(service(desk, Crops(Path("data/align"))), at, review.BODY), at))
            return at.address

        yield opened


def shows(page: "Page", of: str) -> None:
    """Wait until the page shows it, pictures and all."""
    page.locator(f"body[data-of='{of}']").wait_for()
    assert page.evaluate("[...document.querySelectorAll('figure img')].every((one) => one.naturalWidth > 0)")


def stored(reviewer: str) -> list[tuple[str, str, str]]:
    log = decisions.read(decisions.LIVE / f"{reviewer}.jsonl")
    return [(decision.act, decision.of, decision.value) for decision in log]


def test_keys_decide_and_every_decision_is_stored_before_the_next_is_shown(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    for key, next_ in (("a", pair_of(1, 0)), ("ArrowLeft", pair_of(2, 0)), ("1", pair_of(3, 0)), ("s", pair_of(0, 1))):
        page.keyboard.press(key)
        shows(page, next_)
    page.keyboard.press("u")
    shows(page, pair_of(3, 0))
    page.keyboard.press("ArrowUp")
    shows(page, pair_of(2, 0))
    assert stored("ada") == [
        ("accept", pair_of(0, 0), ""),
        ("reject", pair_of(1, 0), ""),
        ("reject", pair_of(2, 0), "pose"),
        ("skip", pair_of(3, 0), ""),
        ("undo", pair_of(3, 0), ""),
        ("undo", pair_of(2, 0), ""),
    ]
    assert "6" in page.inner_text("[data-kind=pair]")


def test_buttons_do_the_same_and_a_reload_keeps_the_place(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    page.get_by_role("button", name="Accept").click()
    shows(page, pair_of(1, 0))
    page.get_by_role("button", name="hair").click()
    shows(page, pair_of(2, 0))
    page.get_by_role("button", name="Skip").click()
    shows(page, pair_of(3, 0))
    page.reload()
    shows(page, pair_of(3, 0))
    page.get_by_role("button", name="Undo").click()
    shows(page, pair_of(2, 0))
    assert [said[::2] for said in stored("ada")] == [("accept", ""), ("reject", "hair"), ("skip", ""), ("undo", "")]


def test_the_end_says_so_and_offers_what_was_skipped(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    for next_ in (pair_of(1, 0), pair_of(2, 0), pair_of(3, 0), *(pair_of(n, 1) for n in range(4))):
        page.keyboard.press("a")
        shows(page, next_)
    page.keyboard.press("s")
    page.get_by_text("Nothing is left to decide").wait_for()
    page.get_by_role("button", name="Look at the 1 skipped").click()
    shows(page, pair_of(3, 1))


def test_labels_are_confirmed_or_changed_by_number(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    page.get_by_role("button", name=re.compile("Labels")).click()
    page.get_by_text("hair: brown?").wait_for()
    first, second, third, *_ = (item.of for item in queue.ordered(review.items(), "ada") if item.kind == "label")
    shows(page, first)
    page.keyboard.press("a")
    shows(page, second)
    page.keyboard.press("6")
    shows(page, third)
    page.reload()
    shows(page, third)
    assert stored("ada") == [("accept", first, "brown"), ("accept", second, "red")]


def test_a_second_reviewer_sees_how_far_they_agree_and_what_they_do_not(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    for key, next_ in (("a", 1), ("r", 2), ("a", 3)):
        page.keyboard.press(key)
        shows(page, pair_of(next_, 0))
    page.goto(sit("bob"))
    shows(page, pair_of(3, 0))  # what ada decided is not asked again
    page.goto(sit("bob", overlap=1))
    shows(page, pair_of(0, 0))
    for key, next_ in (("a", 1), ("r", 2), ("r", 3)):
        page.keyboard.press(key)
        shows(page, pair_of(next_, 0))
    page.get_by_role("button", name="Agreement").click()
    row = page.locator("aside tbody tr").inner_text().split()
    assert row == ["ada,", "bob", "pair", "3", "0.40", "needs", "more"]
    page.get_by_role("button", name="ada: accept, bob: reject").click()
    shows(page, pair_of(2, 0))
    page.keyboard.press("a")
    shows(page, pair_of(3, 0))
    page.reload()
    shows(page, pair_of(3, 0))
    page.get_by_role("button", name="Agreement").click()
    page.get_by_text("1.00").wait_for()
    assert page.get_by_text("Disagreements").count() == 0


def test_a_tab_takes_back_only_its_own(sit: Sit, page: "Page") -> None:
    address = sit("ada")
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(address)
        shows(tab, pair_of(0, 0))
    page.keyboard.press("a")
    shows(page, pair_of(1, 0))
    other.keyboard.press("u")
    other.get_by_text("Nothing that was decided on this page is left to take back").wait_for()
    other.keyboard.press("r")
    shows(other, pair_of(1, 0))
    page.keyboard.press("u")
    page.get_by_text("this pair was decided elsewhere meanwhile; nothing was taken back").wait_for()
    assert [said[0] for said in stored("ada")] == ["accept", "reject"]


def test_what_another_decides_meanwhile_is_passed_over(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    bob = Log(decisions.LIVE / "bob.jsonl")
    for photo in (1, 2):
        bob.append(Decision(decisions.now(), "pair", pair_of(photo, 0), "accept"))
    bob.close()
    page.keyboard.press("a")
    shows(page, pair_of(3, 0))


def test_a_server_that_leaves_after_it_stored_a_decision_leaves_the_page_at_the_next(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    page.route("**/open/**", lambda route: route.abort())
    page.keyboard.press("a")
    shows(page, pair_of(1, 0))
    assert not page.get_by_role("alert").is_visible()


def test_nobody_decides_on_a_picture_that_is_not_shown(sit: Sit, page: "Page") -> None:
    page.route(f"**/faces/{face(0)}", lambda route: route.fulfill(status=404))
    page.goto(sit("ada"))
    page.locator(f"body[data-of='{pair_of(0, 0)}']").wait_for()
    for key in "ar1":
        page.keyboard.press(key)
    for name in ("Accept", "Reject", "pose"):
        assert page.get_by_role("button", name=re.compile(f"^{name}")).first.is_disabled()
    page.keyboard.press("s")
    shows(page, pair_of(1, 0))
    assert stored("ada") == [("skip", pair_of(0, 0), "")]


def test_a_picture_that_left_is_not_decided_on_by_the_server_either(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    Path("data/align/first.parquet").unlink()
    page.keyboard.press("a")
    page.get_by_text("a picture of this has left the collection").wait_for()
    assert stored("ada") == []


def test_what_was_skipped_and_then_decided_is_skipped_no_more(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    for next_ in (*(pair_of(n, 0) for n in (1, 2, 3)), *(pair_of(n, 1) for n in range(4))):
        page.keyboard.press("s" if next_ == pair_of(1, 0) else "a")
        shows(page, next_)
    page.keyboard.press("a")
    page.get_by_role("button", name="Look at the 1 skipped").click()
    shows(page, pair_of(0, 0))
    page.keyboard.press("r")
    page.get_by_text("8 decided").wait_for()
    assert not page.locator("#again").is_visible()


def test_a_server_that_left_is_said_and_nothing_moves_on(sit: Sit, page: "Page") -> None:
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    page.route("**/decisions", lambda route: route.abort())
    page.keyboard.press("a")
    page.get_by_text("nothing was stored").wait_for()
    shows(page, pair_of(0, 0))
    page.unroute("**/decisions")
    page.keyboard.press("a")
    shows(page, pair_of(1, 0))
    assert not page.get_by_role("alert").is_visible()


def test_another_address_shows_no_face_without_the_token(sit: Sit, page: "Page") -> None:
    address = sit("ada", host="0.0.0.0")
    port, token = re.findall(r":(\d+)/\?token=(\S+)", address)[0]
    here = f"http://127.0.0.1:{port}/"
    refused = page.goto(f"{here}faces/{face(0)}")
    assert refused is not None and refused.status == 401
    page.goto(f"{here}?token={token}")
    shows(page, pair_of(0, 0))
    page.keyboard.press("a")
    shows(page, pair_of(1, 0))


@pytest.mark.parametrize(("width", "height"), [(390, 700), (844, 390), (1200, 800), (2200, 1300)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_window_in_either_scheme(
    sit: Sit, page: "Page", width: int, height: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(sit("ada"))
    shows(page, pair_of(0, 0))
    accept = page.get_by_role("button", name="Accept").bounding_box()
    assert accept is not None and accept["y"] + accept["height"] <= height
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert (sum(paper) < 200) is (scheme == "dark")
    page.get_by_role("button", name="Agreement").click()
    page.get_by_role("heading", name="Agreement").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
