"""XMP packets (ISO 16684-1) of simple properties: what a picture says of itself, in the form every reader knows."""

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tasks.core.errors import nearest

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "selfie2anime": "urn:selfie2anime:1.0/",
}
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def packet(properties: Mapping[str, str]) -> bytes:
    """The packet of properties such as {"dc:source": "..."}: the same properties, the same bytes.

    Raises ValueError for a prefix that NAMESPACES does not hold.
    """
    for name in properties:
        if name.partition(":")[0] not in NAMESPACES:
            raise ValueError(f"XMP property {name!r} has no namespace; {nearest(name, list(NAMESPACES))}")
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    lines = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in sorted(properties.items()))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about=""{spaces}>{lines}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="r"?>'
    ).encode()


def properties(data: bytes) -> dict[str, str]:
    """The simple properties of a packet in the namespaces that `packet` writes; raises ValueError for broken XML."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("an XMP packet with a document type of its own; none has one")
    try:
        root = ElementTree.fromstring(data.decode().strip("\0"))
    except (ElementTree.ParseError, UnicodeDecodeError) as fault:
        raise ValueError(f"no XMP packet: {fault}") from fault
    prefixes = {uri: prefix for prefix, uri in NAMESPACES.items()}
    found = {}
    for element in root.iterfind(f".//{{{_RDF}}}Description/*"):
        uri, _, name = element.tag[1:].partition("}")
        if uri in prefixes and not len(element):
            found[f"{prefixes[uri]}:{name}"] = element.text or ""
    return found
