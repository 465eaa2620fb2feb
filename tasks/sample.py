"""The embedded collection: eight people in forty photos, twenty-four drawings, and one case for every reject reason.

It is drawn anew from pictures that installed packages carry (scikit-image's astronaut, matplotlib's Grace Hopper,
insightface's group of six), so that a fresh machine has real faces without a download. Same packages, same bytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pil

from tasks.core.image import Image, decode, encode_jpeg, encode_png, resize
from tasks.styles.cel import Cel, cel


@dataclass(frozen=True)
class Item:
    """One file of the collection, as a folder would hold it."""

    name: str
    role: str
    data: bytes
    subject: str
    licence: str


@dataclass(frozen=True)
class Look:
    """One way to take a picture of the same person."""

    mirror: bool
    turn: float  # degrees
    zoom: float
    gamma: float
    warmth: float  # factor of red, its inverse of blue
    side: int


PUBLIC, RESEARCH = "public-domain", "research-only"
PACKAGED = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    "group": ("insightface", "data/images/t1.jpg"),
    "cat": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
}
SITTERS = {  # picture, x and y of the face's centre, side of the square around it, degrees that set the head upright
    "collins": ("astronaut", 224, 150, 360, 0),
    "hopper": ("hopper", 262, 220, 430, 0),
    "first": ("group", 121, 344, 250, -25),
    "second": ("group", 322, 214, 250, -20),
    "third": ("group", 505, 340, 250, 12),
    "fourth": ("group", 778, 420, 260, 0),
    "fifth": ("group", 940, 136, 270, 0),  # looks aside: five photos for the reason `turned`
    "sixth": ("group", 1170, 344, 250, 0),
}
LOOKS = (
    Look(False, 0, 1.00, 1.00, 1.00, 640),
    Look(True, 6, 1.10, 0.90, 1.06, 600),
    Look(False, 11, 0.92, 1.10, 0.95, 576),
    Look(False, -9, 1.16, 0.95, 1.03, 560),
    Look(True, -5, 0.96, 1.15, 1.08, 620),
)
BRUSHES = (
    Cel(steps=5, saturation=1.5, ink_depth=0.9),
    Cel(steps=6, saturation=1.3, ink_sigma=1.4),
    Cel(steps=4, saturation=1.7, ink_gain=14),
)


def collection() -> Iterator[Item]:
    """Every file of the sample, in order of name within its kind."""
    yield from photos()
    yield from drawings()
    yield from rejects()


def photos() -> Iterator[Item]:
    """Eight people, five looks each."""
    for person in SITTERS:
        for number, look in enumerate(LOOKS):
            yield _item(f"photos/{person}-{number}.jpg", "photo", encode_jpeg(portrait(person, look), 93), person)


def drawings() -> Iterator[Item]:
    """Eight people, three brushes each: cel drawings, for want of free anime faces inside a package."""
    for person in SITTERS:
        for number, brush in enumerate(BRUSHES):
            drawn = cel(resize(portrait(person, LOOKS[number + 1]), 384, 384), brush)
            yield _item(f"anime/{person}-{number}.png", "anime", encode_png(drawn), person)


def rejects() -> Iterator[Item]:
    """The files of CASES, each named after the reason that takes it out."""
    for reason, make in CASES.items():
        yield _item(f"rejects/{reason}.jpg", "photo", make(), "")


def portrait(person: str, look: Look) -> Image:
    """One look of one person, square: `look.side` pixels each way."""
    picture, x, y, side, upright = SITTERS[person]
    image = packaged(picture)
    scale = look.side / side * look.zoom
    matrix = np.asarray(cv2.getRotationMatrix2D((x, y), upright + look.turn, scale), np.float64)
    matrix[:, 2] += look.side / 2 - np.array([x, y])
    if look.mirror:
        matrix = np.array([[-1, 0, look.side - 1], [0, 1, 0]]) @ np.vstack([matrix, [0, 0, 1]])
    square = cv2.warpAffine(image, matrix, (look.side, look.side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return tone(np.asarray(square, np.uint8), look.gamma, look.warmth)


def tone(image: Image, gamma: float, warmth: float) -> Image:
    """The picture under another light."""
    light = (image / 255.0) ** gamma * np.array([warmth, 1, 1 / warmth])
    return np.asarray(np.clip(np.rint(light * 255), 0, 255), np.uint8)


def packaged(name: str) -> Image:
    """One of the pictures that installed packages carry."""
    package, inside = PACKAGED[name]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the sample needs {inside} of the package {package}; install the project's pins")
    return decode((Path(spec.submodule_search_locations[0]) / inside).read_bytes())


def _item(name: str, role: str, data: bytes, person: str) -> Item:
    free = not person or SITTERS[person][0] != "group"
    return Item(name, role, data, f"sample-{person}" if person else "", PUBLIC if free else RESEARCH)


def _plain() -> Image:
    return portrait("collins", LOOKS[0])


def _jpeg(image: Image) -> bytes:
    return encode_jpeg(image, 92)


def _bomb() -> bytes:
    """Thirty kilobytes that unpack to 225 megapixels."""
    file = BytesIO()
    Pil.new("1", (15000, 15000)).save(file, "PNG")
    return file.getvalue()


def _distant() -> bytes:
    """A face of some seventy pixels in a wide view."""
    view = resize(packaged("coffee"), 1200, 800)
    view[300:570, 500:770] = resize(_plain(), 270, 270)
    return _jpeg(view)


def _blurred() -> bytes:
    sharp = portrait("third", Look(True, -14, 1.3, 1, 1, 640))
    return _jpeg(np.asarray(cv2.GaussianBlur(sharp, (0, 0), 9), np.uint8))


def _cut() -> bytes:
    """A face that the picture's border cuts off."""
    return _jpeg(resize(portrait("fourth", LOOKS[0])[180:, :440], 620, 648))


def _covered() -> bytes:
    """A telephone before a cheek."""
    view = portrait("hopper", Look(True, -12, 1.0, 1, 1, 640))
    view[330:590, 345:475] = (90, 110, 120)
    return _jpeg(view)


def _drawing() -> bytes:
    return _jpeg(cel(portrait("sixth", Look(True, -15, 1.25, 1, 1, 640)), BRUSHES[0]))


CASES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "not_an_image": lambda: b"a shopping list, by mistake named .jpg\n",
    "unreadable": lambda: _jpeg(_plain())[:9000],
    "too_large": _bomb,
    "same_file": lambda: encode_jpeg(portrait("collins", LOOKS[0]), 93),
    "exact_duplicate": lambda: encode_png(decode(encode_jpeg(portrait("hopper", LOOKS[0]), 93))),
    "near_duplicate": lambda: encode_jpeg(resize(portrait("hopper", LOOKS[1]), 540, 540), 60),
    "small": lambda: _jpeg(resize(portrait("sixth", Look(True, 14, 1.2, 1, 1, 640)), 400, 400)),
    "blurred": _blurred,
    "dark": lambda: _jpeg(tone(portrait("fifth", Look(True, 15, 0.9, 1, 1, 640)), 4.5, 1)),
    "bright": lambda: _jpeg(tone(portrait("second", Look(True, 15, 1.2, 1, 1, 640)), 0.08, 1)),
    "flat": lambda: _jpeg(np.asarray(110 + portrait("first", Look(True, 15, 0.9, 1, 1, 640)) * 0.08, np.uint8)),
    "compressed": lambda: encode_jpeg(portrait("fourth", Look(True, 14, 1.3, 1, 1, 640)), 12),
    "drawing_among_photos": _drawing,
    "no_face": lambda: _jpeg(resize(packaged("cat"), 768, 512)),
    "face_small": _distant,
    "many_faces": lambda: _jpeg(packaged("group")),
    "covered": _covered,
    "turned": lambda: _jpeg(portrait("fifth", Look(False, -4, 1.25, 1, 1, 600))),
    "tilted": lambda: _jpeg(portrait("collins", Look(False, 38, 0.8, 1, 1, 640))),
    "cut": _cut,
}
