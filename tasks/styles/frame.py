"""A whole picture at a size that can be drawn: at once, or in tiles where its feature maps would fill the memory."""

from collections.abc import Sequence
from pathlib import Path

from tasks.core.image import Image, resize
from tasks.faces.geometry import Matrix, resized
from tasks.styles.stylizer import Stylizer

WHOLE = 1_000_000  # pixels that are drawn at once: AnimeGANv2 then takes 1.2 GB with OpenVINO, 1.7 GB with ONNX Runtime


def fitted(photo: Image, max_side: int) -> tuple[Image, Matrix]:
    """The photo with a longer side of at most `max_side` pixels, and the 2 x 3 matrix that leads there."""
    height, width = photo.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return photo, resized(1.0)
    return resize(photo, max(round(width * scale), 1), max(round(height * scale), 1)), resized(scale)


def drawn(photo: Image, stylizer: Stylizer, model: Path, wishes: Sequence[float], strength: float) -> Image:
    """The drawing of a whole picture, h x w x 3; in tiles where it is larger than WHOLE and the weights are there.

    Tiles draw with FP32 weights, and so for that file of theirs alone: what has eight bits, or any other name, draws
    the whole at once in the memory that it takes, since what drew is what the drawing names.
    """
    weights = model.with_name("generator.safetensors")
    if photo.shape[0] * photo.shape[1] <= WHOLE or model.name != "generator.onnx" or not weights.is_file():
        return stylizer.run(photo, wishes, strength)
    from tasks.styles import tiles  # torch: two seconds for the few large pictures

    return tiles.opened(weights).run(photo, wishes, strength)
