"""What a file may be called: a name that leaves its folder, or that nobody could type, is a reason of its own."""

import re
import unicodedata

LONGEST = 1024  # characters
SHOWN = 200
ARCHIVES = re.compile(r"\.(zip|tar|tgz|tbz2|txz|gz|bz2|xz|zst|7z|rar)$", re.IGNORECASE)
ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, and bytes that were no UTF-8
ENDING = re.compile(r"\.[a-z]{3,4}$")
OUTSIDE = re.compile(r"^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)")


def fault(name: str) -> tuple[str, str] | None:
    """(reason, detail) of a name that is not taken; None for a good one."""
    if OUTSIDE.search(name):
        return "unsafe_path", f"{printable(name)} leads out of its folder"
    if len(name) > LONGEST:
        return "bad_name", f"{len(name)} characters; the limit is {LONGEST}"
    if odd := ODD.search(name):
        return "bad_name", f"holds the character {printable(odd.group())}; rename it"
    if ARCHIVES.search(name):
        return "nested_archive", "an archive; name it in ingest.sources as `kind: archive`"
    return None


def printable(name: str) -> str:
    """The name as valid, visible UTF-8 of at most SHOWN characters; a good name as it is."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = ODD.sub(lambda odd: ascii(odd.group())[1:-1], text)
    return text if len(text) <= LONGEST else f"{text[:SHOWN]}... ({len(name)} characters)"


def composed(name: str) -> str:
    """The name in Unicode's form NFC, so that one that a Mac packed, in NFD, is the one that a person typed."""
    return unicodedata.normalize("NFC", name)


def loose(name: str) -> str:
    """What is left of a name without case, kind of separator and ending: two that agree in it were meant as one."""
    return ENDING.sub("", composed(name).casefold().replace("\\", "/").removeprefix("./").strip())


def decoded(raw: bytes) -> str:
    """A name from bytes: UTF-8, and what is none as lone surrogates, which `fault` reports."""
    return raw.decode("utf-8", "surrogateescape")
