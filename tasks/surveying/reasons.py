"""Why pictures leave on their way, in words: a step of the way, its reasons, and some of what each took."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = 6  # pictures per reason
# Every reason as the stages name it, for a reader.
WORDS = {
    "empty": "an empty file",
    "not_an_image": "not an image",
    "unreadable": "not a readable image",
    "unsupported": "HEIC, and pillow-heif is not installed",
    "too_large": "too many pixels to unpack",
    "too_many_bytes": "too large a file",
    "not_a_file": "a link or a device, not a file",
    "same_name": "an archive's second entry under one name",
    "bad_name": "a name too long, or with characters that cannot be shown",
    "unsafe_path": "a name that leads out of its folder",
    "nested_archive": "an archive inside the source",
    "broken_archive": "an archive that breaks off",
    "zip_bomb": "would unpack to far more than it holds",
    "encrypted": "behind a password",
    "unreachable": "not reached on the web, asked again on another day",
    "not_found": "gone from the web",
    "opted_out": "its owner forbids machines to learn from it",
    "licence": "under a licence that the policy refuses",
    "no_consent": "without a record of consent",
    "consent_expired": "its consent has ended",
    "purpose": "its consent is for another purpose",
    "same_file": "the same file again",
    "exact_duplicate": "the same picture again",
    "near_duplicate": "nearly the same picture",
    "small": "too few pixels",
    "compressed": "compressed too hard",
    "dark": "too dark",
    "bright": "too bright",
    "flat": "too little contrast",
    "blurred": "blurred",
    "no_face": "no face found",
    "many_faces": "more than one face",
    "face_small": "the face is too small",
    "tilted": "the head is tilted too far",
    "turned": "the head is turned too far",
    "nodding": "the head looks too far up or down",
    "cut": "the head is cut off by the border",
    "covered": "something covers the face",
    "drawing_among_photos": "a drawing among the photos",
    "photo_among_drawings": "a photo among the drawings",
    "two_roles": "came as a photo and as a drawing, and looks like the other",
    "off_style": "far from the style of the other drawings",
    "not_aligned": "its face could not be aligned",
    "to_review": "has candidates, waits for a review",
    "no_pair": "fits nothing, is in no pair",
    "all_rejected": "all its pairs were rejected",
    "between_splits": "joins people of two splits",
    "held_out": "held out to validate the training",
    "undrawable": "could not be drawn",
    "narrow": "too narrow to be drawn",
    "unencodable": "too large a drawing for its file format",
    "lost_face": "no longer a face",
    "deformed": "features moved too far",
    "other_person": "not recognised as the same person",
}


@dataclass(frozen=True)
class Reject:
    """A picture that a reason took: its address in the page (empty where it cannot be shown) and what was measured."""

    picture: str
    note: str


@dataclass(frozen=True)
class Reason:
    """Why pictures left, how many, and some of them."""

    name: str
    words: str
    count: int
    rejects: list[Reject]


@dataclass(frozen=True)
class Step:
    """One stage: what came in, what went on, and why the rest did not."""

    stage: str
    unit: str
    taken: int
    kept: int
    reasons: list[Reason]


def note(row: Mapping[str, Any]) -> str:
    """What was measured, beside its limit where there is one."""
    value, limit = row.get("value"), row.get("limit")
    if value is not None and limit is not None:
        return f"{value:.3g} {'<' if value < limit else '>'} {limit:.3g}"
    if row.get("duplicate_of"):
        return f"like {row['duplicate_of'][:8]}"
    return str(row.get("detail") or "")
