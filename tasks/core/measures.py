"""What one decode of a picture gives: its stored bytes, format, size, hash and cheap measures, or a named refusal."""

import hashlib
from io import BytesIO
from typing import Any

import cv2
import imagehash
import numpy as np
import PIL
from PIL import Image as Pil
from PIL import ImageFile, UnidentifiedImageError

from tasks.core import image, metadata
from tasks.core.image import Image

SIDE = 256  # measures are taken at this height or width, so that they mean the same at any resolution


class RefusedError(Exception):
    """A file that is no usable picture: a named reason and what was seen."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def measured(data: bytes, max_megapixels: float) -> dict[str, Any]:
    """Stored bytes, format, size and measures of one picture; raises RefusedError."""
    if not data:
        raise RefusedError("empty", "0 bytes")
    kind, orientation = look(data, max_megapixels)
    try:
        pixels = image.decode(data)
        stored = metadata.strip(data, orientation)
    except (OSError, ValueError, SyntaxError, MemoryError) as fault:
        raise RefusedError("unreadable", str(fault)) from fault
    if stored is None:
        stored, kind, orientation = image.encode_png(pixels), "PNG", 1
    height, width = pixels.shape[:2]
    facts = {"image": {"bytes": stored, "path": None}, "format": kind, "width": width, "height": height}
    same = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]
    return facts | {"orientation": orientation, "pixels": same} | measures(pixels)


def look(data: bytes, max_megapixels: float) -> tuple[str, int]:
    """(format, EXIF orientation) from the header alone; raises RefusedError for no image and for one too large."""
    Pil.MAX_IMAGE_PIXELS = None  # the limit is ours, with a reason
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Pil.open(BytesIO(data)) as header:
            megapixels = header.width * header.height / 1e6
            if megapixels > max_megapixels:
                raise RefusedError("too_large", f"{megapixels:.0f} megapixels; the limit is {max_megapixels:g}")
            turned = header.getexif().get(metadata.ORIENTATION_TAG, 1)
            return str(header.format), turned if turned in range(1, 9) else 1
    except UnidentifiedImageError:
        raise RefusedError("not_an_image", f"{len(data)} bytes of no known format") from None
    except (OSError, ValueError, SyntaxError) as fault:
        raise RefusedError("unreadable", str(fault)) from fault


def measures(pixels: Image) -> dict[str, Any]:
    """Perceptual hash, sharpness, brightness, contrast (grey levels) and saturation of one picture."""
    scale = SIDE / min(pixels.shape[:2])
    small = image.resize(pixels, max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    bits = np.packbits(imagehash.phash(Pil.fromarray(grey)).hash.ravel())
    return {
        "phash": int(np.frombuffer(bits.tobytes(), ">u8")[0]),
        "sharpness": float(cv2.Laplacian(grey, cv2.CV_64F).var()),  # Pech-Pacheco et al., 2000
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "saturation": float(cv2.cvtColor(small, cv2.COLOR_RGB2HSV)[..., 1].mean()),
    }


def versions() -> dict[str, str]:
    """The packages whose hashes and pictures change between their releases."""
    return {"imagehash": imagehash.__version__, "pillow": PIL.__version__}
