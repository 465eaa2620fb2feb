"""What can be told of a face, photographed or drawn: each value with a score 0..1 and where it came from.

A value is "unknown" (score 0, no origin) where no model is at hand, the licence policy refuses it, or it is not sure.
"""

from collections.abc import Mapping

from tasks.core.errors import nearest
from tasks.core.image import Image
from tasks.faces import attribute_nets, glasses, hair, skin
from tasks.faces.attribute_nets import AGE_GENDER, EXPRESSION, EXPRESSIONS, GENDERS, MASK, Models
from tasks.faces.geometry import Points
from tasks.faces.landmarks import five
from tasks.labelling import drawing_style

Attribute = tuple[str, float, str]  # value, score 0..1, origin

UNKNOWN: Attribute = ("unknown", 0.0, "")
OLDEST = 120  # years
VALUES: Mapping[str, tuple[str, ...]] = {
    "expression": EXPRESSIONS,
    "glasses": ("none", "glasses", "sunglasses"),
    "mask": ("none", "mask"),
    "age": tuple(str(years) for years in range(OLDEST + 1)),
    "gender": GENDERS,
    "hair": hair.COLOURS,
    "skin": skin.TONES,
    "style": drawing_style.STYLES,
}


def of_photo(crop: Image, points: Points, dense: Points, models: Models) -> dict[str, Attribute]:
    """Each attribute of a photographed face but its style, from an aligned crop with its 5 and 68 landmarks."""
    aligned = five(dense)  # steadier than a detector's own five: half a percent more genders are right, or as many
    worn = glasses.glasses(crop, dense)
    found = {
        "glasses": _told(worn, glasses.ORIGIN),
        "hair": _told(hair.hair(crop, aligned[:2], hair.PHOTOGRAPHED), hair.ORIGIN),
        "skin": _told(skin.skin(crop, dense), skin.ORIGIN),
    }
    if session := models.sessions.get(MASK):
        found["mask"] = _told(attribute_nets.mask(session, crop, points), models.origin(MASK))
    if (session := models.sessions.get(EXPRESSION)) and found.get("mask", UNKNOWN)[0] != "mask":
        found["expression"] = _told(attribute_nets.expression(session, crop, dense), models.origin(EXPRESSION))
    if session := models.sessions.get(AGE_GENDER):
        frames = worn[0] in ("glasses", "sunglasses")
        age, gender = attribute_nets.age_gender(session, crop, aligned, frames)
        found |= {name: _told(told, models.origin(AGE_GENDER)) for name, told in (("age", age), ("gender", gender))}
    return {name: found.get(name, UNKNOWN) for name in VALUES}


def of_drawing(crop: Image, points: Points) -> dict[str, Attribute]:
    """Each attribute of a drawn face, from an aligned crop with its 5 landmarks: hair and style, the rest unknown."""
    found = {
        "hair": _told(hair.hair(crop, points[:2], hair.DRAWN), hair.ORIGIN),
        "style": _told(drawing_style.drawing_style(crop), drawing_style.ORIGIN),
    }
    return {name: found.get(name, UNKNOWN) for name in VALUES}


def fault(attribute: str, value: str) -> str | None:
    """What is wrong with a value that a person gives, with the nearest known one; None for a good one."""
    if attribute not in VALUES:
        return f"attribute {attribute!r} is unknown; {nearest(attribute, list(VALUES))}"
    if value in VALUES[attribute] or value == UNKNOWN[0]:
        return None
    if attribute == "age":
        return f"age {value!r} is no whole number of years from 0 to {OLDEST}"
    return f"{attribute} {value!r} is unknown; {nearest(value, [*VALUES[attribute], UNKNOWN[0]])}"


def _told(found: tuple[str, float], origin: str) -> Attribute:
    value, score = found
    return UNKNOWN if value == UNKNOWN[0] else (value, score, origin)
