"""What a full-reference score asks of its two pictures: one size, and no smaller than its window."""

from tasks.core.image import Image


def check_sizes(target: Image, output: Image, least: int = 1) -> None:
    """ValueError unless both pictures have one shape, with `least` pixels or more to each side."""
    if target.shape != output.shape or min(target.shape[:2]) < least:
        raise ValueError(f"pictures of {target.shape} and {output.shape}; both must be one size of {least} or more")
