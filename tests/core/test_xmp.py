import pytest

from tasks.core import xmp

SAID = {"dc:source": "0f3a", "Iptc4xmpExt:AISystemUsed": "finetune <1> & é", "selfie2anime:Settings": '{"a": 1}'}


def test_what_a_packet_says_is_read_back_whatever_the_order() -> None:
    assert xmp.properties(xmp.packet(SAID)) == SAID
    assert xmp.packet(dict(reversed(SAID.items()))) == xmp.packet(SAID)


def test_a_property_without_a_namespace_is_named() -> None:
    with pytest.raises(ValueError, match="'exif:Model' has no namespace"):
        xmp.packet({"exif:Model": "x"})


@pytest.mark.parametrize("data", [b"<x>", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="XMP packet"):
        xmp.properties(data)


def test_properties_of_others_are_passed_over() -> None:
    other = xmp.packet(SAID).replace(b"urn:selfie2anime:1.0/", b"urn:other/")
    assert "selfie2anime:Settings" not in xmp.properties(other)
