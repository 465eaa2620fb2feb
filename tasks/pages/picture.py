"""Pictures inside the page: reduced, WebP, as data addresses, so that the report is one file."""

import base64

from tasks.core.image import Image, decode_own, encode_webp, resize

FACE, THUMB = 256, 104  # pixels of the longer side at most
QUALITY = {FACE: 82, THUMB: 68}


def embedded(image: Image, side: int = FACE, quality: int | None = None) -> str:
    """A `data:image/webp` address of the picture, its longer side `side` pixels or less; quality 1..100."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    small = resize(image, max(1, round(width * scale)), max(1, round(height * scale))) if scale < 1 else image
    return "data:image/webp;base64," + base64.b64encode(encode_webp(small, quality or QUALITY[side])).decode()


def embedded_png(data: bytes, side: int = FACE, quality: int | None = None) -> str:
    """The same of a picture that this project encoded."""
    return embedded(decode_own(data), side, quality)
