"""What a licence lets one do with a copy, as far as its name tells: a hint for whoever shares a dataset, not advice."""

from collections.abc import Iterable

# By name in lower case: the identifier that the Hugging Face Hub knows it by, and what it lets one do.
KNOWN = {
    "cc0-1.0": ("cc0-1.0", "free to share"),
    "public-domain": ("other", "free to share"),
    "pddl": ("pddl", "free to share"),
    "cc-by-2.0": ("cc-by-2.0", "free to share with the author's name"),
    "cc-by-3.0": ("cc-by-3.0", "free to share with the author's name"),
    "cc-by-4.0": ("cc-by-4.0", "free to share with the author's name"),
    "cc-by-sa-3.0": ("cc-by-sa-3.0", "free to share under the same licence"),
    "cc-by-sa-4.0": ("cc-by-sa-4.0", "free to share under the same licence"),
    "cc-by-nc-4.0": ("cc-by-nc-4.0", "free to share, not for commercial use"),
    "cc-by-nc-sa-4.0": ("cc-by-nc-sa-4.0", "free to share under the same licence, not for commercial use"),
    "cc-by-nd-4.0": ("cc-by-nd-4.0", "no altered copies: an aligned crop may be one"),
    "mit": ("mit", "free to share with its notice"),
    "apache-2.0": ("apache-2.0", "free to share with its notice"),
}
UNCLEAR = "not known to allow sharing"


def terms(licence: str) -> str:
    """What the licence lets one do, in a few words."""
    return KNOWN.get(licence.lower(), ("", UNCLEAR))[1]


def may_share(licence: str) -> bool:
    """Whether the name is that of a licence under which crops may be passed on."""
    return terms(licence).startswith("free")


def identifiers(licences: Iterable[str]) -> list[str]:
    """The Hub's identifiers of the licences, sorted; `other` for what it has no name for."""
    return sorted({KNOWN.get(licence.lower(), ("other", ""))[0] for licence in licences}) or ["unknown"]
