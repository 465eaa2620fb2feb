"""Every picture of a page once, as large as the page's size allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from tasks.core.errors import UserError
from tasks.pages.picture import embedded_png

SAMPLED = 48  # pictures from which the size of all is foretold, so that hardly any are encoded in vain
KEY = 24  # bytes beside an address: its name, quotes, comma


@dataclass(frozen=True)
class Look:
    """How a picture is embedded: its longer side in pixels at most, and WebP's quality."""

    side: int
    quality: int


LOOKS = (
    Look(256, 82), Look(224, 80), Look(192, 76), Look(160, 72), Look(128, 68), Look(112, 62), Look(96, 56),
    Look(80, 48), Look(64, 40),
)  # fmt: skip


@dataclass(frozen=True)
class Album:
    """Name -> address inside the page, and how the pictures are embedded."""

    addresses: Mapping[str, str]
    look: Look

    @property
    def size(self) -> int:
        """Bytes of all addresses with their names."""
        return sum(len(address) + KEY for address in self.addresses.values())

    @property
    def reduced(self) -> bool:
        """Whether there were too many pictures to show them as well as the page could."""
        return self.look != LOOKS[0]


def fitted(pictures: Mapping[str, bytes], budget: int) -> Album:
    """The pictures (PNG, by name) at the best of LOOKS with which they take `budget` bytes or less.

    Raises UserError where even the smallest take more.
    """
    for look in LOOKS:
        if _foretold(pictures, look) <= budget and (album := _embedded(pictures, look)).size <= budget:
            return album
    raise UserError(
        f"{len(pictures)} pictures do not fit into the {budget:,} bytes that the report has left for them; "
        "lower evaluate.worst or evaluate.sheet"
    )


def _embedded(pictures: Mapping[str, bytes], look: Look) -> Album:
    return Album({name: embedded_png(data, look.side, look.quality) for name, data in pictures.items()}, look)


def _foretold(pictures: Mapping[str, bytes], look: Look) -> float:
    """Nearly the bytes of all, by those of some; the album itself is measured in the end."""
    some = sorted(pictures, key=lambda name: crc32(name.encode()))[:SAMPLED]  # a draw that is the same every time
    if not some:
        return 0.0
    return _embedded({name: pictures[name] for name in some}, look).size * len(pictures) / len(some)
