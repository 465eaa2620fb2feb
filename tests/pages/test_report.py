import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tasks.judging.gate import Gate
from tasks.judging.models import BASE
from tasks.judging.result import Result
from tasks.judging.summary import BY_NAME
from tasks.pages import faces
from tasks.pages import report as page
from tests.pages.comparison import report, result, without

CSS = (Path(page.__file__).parent / "report.css").read_text()
VOID = {"meta", "link", "img", "input", "br"}


@cache
def rendered(released: bool = False) -> str:
    return page.render(report(result(released=released)))


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


@pytest.mark.parametrize("released", [False, True])
def test_every_tag_is_closed_in_order(released: bool) -> None:
    assert read(rendered(released)).stack == []


@pytest.mark.parametrize(("low", "told"), [(0.01, "▲ better"), (0.001, "○ not sure")])
def test_the_figures_beside_the_headline_are_as_sure_as_it_asks(low: float, told: str) -> None:
    found = result()
    identity = replace(found.change[BASE]["identity"], value=0.02, low=low, high=0.04 - low)
    opened = replace(found, change={BASE: {**found.change[BASE], "identity": identity}})
    figures = page.render(report(opened)).split('<dl class="figures">')[1].split("</dl>")[0]
    assert f'<dd class="turn">{told}</dd>' in figures.split("Identity")[1].split("</div>")[0]


def test_nothing_is_loaded_from_anywhere() -> None:
    for tag, attributes in read(rendered()).tags:
        for name in ("src", "href", "action", "srcset"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:")), f"<{tag} {name}={address[:60]}>"
    style = rendered().split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_every_picture_and_every_control_has_a_name() -> None:
    labelled = re.sub(r"<label[^>]*>.*?</label>", "", rendered(), flags=re.S)
    for tag, attributes in read(labelled).tags:
        if tag == "img":
            assert attributes["alt"]
        hidden = attributes.get("aria-hidden") == "true"
        if tag in ("input", "select", "svg", "button", "nav") and not hidden:
            assert attributes["aria-label"], tag


def test_every_link_leads_to_a_place_in_the_page() -> None:
    tags = read(rendered()).tags
    places = {attributes["id"] for _, attributes in tags if "id" in attributes}
    links = {str(attributes["href"])[1:] for tag, attributes in tags if tag == "a"}
    assert links <= places


def test_what_was_measured_is_never_read_as_markup() -> None:
    assert "12 &lt; 45 &amp; &lt;b&gt;more&lt;/b&gt;" in rendered()


def test_the_same_results_give_the_same_bytes() -> None:
    assert page.render(report(result())) == rendered()


@pytest.mark.parametrize("gain", [0.1, -0.1, 0.0])
def test_the_page_can_be_made_of_any_finding(gain: float) -> None:
    read(page.render(report(result(gain))))


def test_one_face_of_one_person_makes_a_page_too() -> None:
    assert "unknown" in page.render(report(result(faces=1, people=1)))


def test_the_encoders_and_their_independence_are_told() -> None:
    for words in ("Encoder of the loss", "Encoder of the score", "✗ no", "read identity as an upper bound"):
        assert words in rendered()


def test_the_gate_stands_beside_the_verdict() -> None:
    opening = rendered().split('id="headline"')[0].split('class="verdicts"')[1]
    assert "<strong>Gate: FAIL</strong>" in opening
    assert "▲ better" in opening


def test_a_page_without_limits_says_that_there_is_no_gate() -> None:
    text = page.render(replace(report(), gate=Gate((), 40, 40)))
    assert "<strong>No gate</strong>" in text
    assert "sets no limit" in text


def test_every_picture_is_in_the_page_once() -> None:
    addresses = re.findall(r"data:image/webp;base64,[\w+/=]+", rendered(True))
    assert len(addresses) == len(set(addresses))


def test_without_a_script_the_opening_and_the_sheet_are_seen() -> None:
    contents = report()
    rows = [faces.typical(contents.result), *page.on_sheet(contents.result, contents.sheet)]
    for key in (f"{row}-{name}" for row in rows for name in ("photo", "tuned")):
        assert re.search(f'data-p="{key}" src="data:image/webp', rendered())


def test_every_picture_that_is_named_is_there() -> None:
    text = rendered(True)
    named = set(re.findall(r'data-p="([^"]+)"', text))
    held = set(re.findall(r'"(\d+-\w+)": ?"data:', text)) | set(re.findall(r'data-p="([^"]+)" src', text))
    assert named <= held


def test_the_typical_face_opens_the_page_and_is_not_repeated_on_the_sheet() -> None:
    found = result()
    assert faces.typical(found) not in page.on_sheet(found, 8)
    assert len(page.on_sheet(found, 8)) == 8


@pytest.mark.parametrize(("most", "reduced"), [(8_000_000, False), (350_000, True)])
def test_the_page_keeps_to_its_size_and_says_what_that_cost(
    monkeypatch: pytest.MonkeyPatch, most: int, reduced: bool
) -> None:
    monkeypatch.setattr(page, "MOST", most)
    text = page.render(report(result(faces=24), sheet=4, worst=3, side=128))
    assert len(text.encode()) <= most
    assert ("reduced to" in text) == reduced


def test_ten_thousand_faces_show_as_many_pictures_as_were_asked_for() -> None:
    found = result(faces=10_000, people=500)
    contents = report(found, sheet=4, worst=2)
    text = page.render(contents)
    assert len(contents.pictures) < 60
    assert len(text.encode()) < 2_000_000


@pytest.mark.parametrize("name", ["ssim", "niqe", "style", "identity_second"])
def test_a_score_that_nobody_measured_is_named_with_what_it_needs(name: str) -> None:
    found: Result = without(result(), name)
    text = page.render(report(found))
    line = text.split("Not measured:")[1].split("</p>")[0]
    assert BY_NAME[name].title in line


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ({"ships": True, "variant": "all", "runtime": "cpu", "identity_drop": 0.004, "ssim": 0.991, "faster": True},
         "SSIM 0.991, identity falls by 0.004 (all; cpu, faster than full precision). It <strong>ships</strong>."),
        ({"ships": False, "reason": "no face"}, "It <strong>does not ship</strong>: no face."),
        (None, ""),
    ],
)  # fmt: skip
def test_the_eight_bit_file_is_held_against_the_full_precision_one(bits: dict[str, object] | None, words: str) -> None:
    text = page.render(replace(report(), eight_bits=bits))
    assert words in text
    assert ("The eight-bit file" in text) == bool(bits)


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("text", ["ink", "soft", "good", "bad", "tuned", "base", "released"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_text_stands_out_from_its_ground_in_both_themes(theme: int, text: str, ground: str) -> None:
    palette = colours(re.findall(r":root \{(.*?)\}", CSS, re.S)[theme])
    light, dark = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_doubt_about_the_frechet_distance_stands_below_it() -> None:
    found = replace(result(), doubt="10 pictures cannot tell the covariance of 78 features")
    assert "not to be trusted here: 10 pictures" in page.render(report(found))
    assert "not to be trusted here" not in page.render(report())
