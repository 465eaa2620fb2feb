from dataclasses import replace

import numpy as np
import pytest

from tasks.core import image, xmp
from tasks.styles.provenance import SOURCE_TYPE, Provenance, read

MADE = Provenance("finetune", "ab" * 32, "0f3a-0", {"mode": "face", "wishes": ["hair=black"]})
GREY = np.full((16, 16, 3), 128, np.uint8)


@pytest.mark.parametrize("form", image.WRITTEN)
def test_a_drawing_tells_where_it_comes_from(form: str) -> None:
    assert read(image.encode(GREY, form, 90, MADE.packet())) == MADE


def test_a_picture_of_one_s_own_has_no_source() -> None:
    own = replace(MADE, source="")
    assert "dc:source" not in xmp.properties(own.packet())
    assert read(image.encode(GREY, "webp", 90, own.packet())) == own


def test_the_packet_names_the_kind_of_medium() -> None:
    assert xmp.properties(MADE.packet())["Iptc4xmpExt:DigitalSourceType"] == SOURCE_TYPE


@pytest.mark.parametrize("packet", [None, xmp.packet({"xmp:CreatorTool": "another"}), b"<no packet"])
def test_other_pictures_tell_nothing(packet: bytes | None) -> None:
    assert read(image.encode(GREY, "webp", 90, packet)) is None
