import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tasks.pages import report as page
from tests.pages.comparison import report, result

PAGE = page.render(report())
CSS = (Path(page.__file__).parent / "report.css").read_text()
VOID = {"meta", "link", "img", "input", "br"}


class Reader(HTMLParser):
    """Tags with their attributes; open tags are kept on a stack."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def test_every_tag_is_closed_in_order() -> None:
    assert read(PAGE).stack == []


def test_nothing_is_loaded_from_anywhere() -> None:
    for tag, attributes in read(PAGE).tags:
        for name in ("src", "href", "action", "srcset"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:")), f"<{tag} {name}={address[:60]}>"
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_every_picture_and_every_control_has_a_name() -> None:
    for tag, attributes in read(PAGE.split("<dialog")[0]).tags:
        if tag == "img":
            assert attributes["alt"]
        if tag in ("input", "svg", "button", "nav"):
            assert attributes["aria-label"], tag


def test_every_link_leads_to_a_place_in_the_page() -> None:
    tags = read(PAGE).tags
    places = {attributes["id"] for _, attributes in tags if "id" in attributes}
    links = {str(attributes["href"])[1:] for tag, attributes in tags if tag == "a"}
    assert links <= places


def test_what_was_measured_is_never_read_as_markup() -> None:
    assert "12 &lt; 45 &amp; &lt;b&gt;more&lt;/b&gt;" in PAGE


def test_the_same_results_give_the_same_bytes() -> None:
    assert page.render(report()) == PAGE


@pytest.mark.parametrize("gain", [0.1, -0.1, 0.0])
def test_the_page_can_be_made_of_any_finding(gain: float) -> None:
    read(page.render(report(result(gain))))


def test_one_face_of_one_person_makes_a_page_too() -> None:
    assert "unknown" in page.render(report(result(faces=1, people=1)))


def test_the_encoders_and_their_independence_are_told() -> None:
    for words in ("Encoder of the loss", "Encoder of the score", "✗ no", "read identity as an upper bound"):
        assert words in PAGE


def test_a_distance_that_is_no_goal_is_not_called_better_or_worse() -> None:
    turns = {line.metric.name: line.turn for line in page.score_lines(result())}
    assert turns["style"] == "aside"
    assert turns["identity"] == "better"


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("text", ["ink", "soft", "good", "bad", "tuned", "base"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_text_stands_out_from_its_ground_in_both_themes(theme: int, text: str, ground: str) -> None:
    palette = colours(re.findall(r":root \{(.*?)\}", CSS, re.S)[theme])
    light, dark = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
