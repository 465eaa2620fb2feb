from pathlib import Path

import numpy as np
import pytest

from tasks.core.image import Image, decode
from tasks.faces.attribute_nets import MASK
from tasks.faces.backend import open_backend
from tasks.faces.covered import another, covered, masked
from tasks.faces.geometry import Points
from tasks.faces.landmarks import five, landmarks68
from tasks.faces.onnx_session import open_session
from tasks.faces.registry import fetch
from tasks.sample import LOOKS, portrait


@pytest.fixture(scope="module")
def sitter() -> tuple[Image, Points]:
    """A bare face and its 68 landmarks, found before anything is put before it."""
    image = portrait("sixth", LOOKS[0])
    return image, landmarks68(image, open_backend("dlib").detect(image)[0].box)


def share(image: Image, points: Points) -> float:
    return covered(image, five(points), points)


def test_a_bare_face_is_not_covered(sitter: tuple[Image, Points]) -> None:
    assert share(*sitter) < 0.05


@pytest.mark.parametrize("colour", [(90, 110, 200), (60, 90, 160), (40, 130, 60)])
@pytest.mark.parametrize("width", [0.15, 0.35])
def test_a_thing_covers_as_much_as_it_hides(
    sitter: tuple[Image, Points], colour: tuple[int, int, int], width: float
) -> None:
    image, points = sitter
    left, right = points[2, 0], points[14, 0]
    hidden = image.copy()
    hidden[int(points[29, 1]) :, int(right - width * (right - left)) : int(right) + 20] = colour
    assert width - 0.12 < share(hidden, points) < width + 0.12


def test_half_a_face_in_shade_is_not_covered(sitter: tuple[Image, Points]) -> None:
    image, points = sitter
    shaded = image.copy()
    middle = int(points[33, 0])
    shaded[:, middle:] = np.rint(shaded[:, middle:] * 0.45).astype(np.uint8)
    assert share(shaded, points) < 0.05


@pytest.mark.parametrize(
    ("part", "differs"),
    [((60, 15, 18), False), ((35, 11, 12), False), ((52, -2, 4), True), ((60, 30, 45), True), ((98, -2, 2), False)],
)
def test_light_and_shade_are_not_things(part: tuple[float, float, float], differs: bool) -> None:
    assert another(np.array([62, 15, 18], np.float32), np.array(part, np.float32)) == differs


@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize(
    ("file", "worn"), [("bulk/mask2.jpg", True), ("emotion/sad.png", False), ("reaction/close_eyes.jpeg", False)]
)
def test_a_mask_is_seen_by_its_network(file: str, worn: bool, shared_data: Path) -> None:
    image = decode((shared_data / "conditions" / file).read_bytes())
    face = open_backend("insightface").detect(image)[0]
    assert masked(open_session(fetch(MASK)), image, face.landmarks) == worn
