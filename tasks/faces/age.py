"""Ages in bands, as reports and conditions count them."""

UNKNOWN = "unknown"
_BANDS = ((18, "under 18"), (30, "18 to 29"), (50, "30 to 49"), (1000, "50 and over"))
AGE_BANDS = tuple(name for _, name in _BANDS)


def age_band(age: str) -> str:
    """A label's age in years as a band; what is no number is unknown."""
    if not age.isdecimal():
        return UNKNOWN
    return next(name for bound, name in _BANDS if int(age) < bound)
