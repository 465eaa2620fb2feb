"""The teacher: whatever draws the picture that the generator shall learn to draw, pixel-aligned with the photo."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tasks.core import shards
from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.faces import registry
from tasks.styles.cel import cel
from tasks.styles.stylizer import opened

BGR = {"cartoongan_hosoda"}  # models of the registry that were trained on OpenCV's channel order


@dataclass(frozen=True)
class Teacher:
    """A stylizer by name, with the digest that memos depend on; `path` is None for the cel filter."""

    name: str
    path: Path | None
    colour: str
    digest: str

    def draw(self) -> Callable[[Image], Image]:
        """The function from photo to drawing."""
        return opened(self.path, self.colour).run if self.path else cel


def find(name: str, colour: str, licence: str) -> Teacher | None:
    """The teacher called `cel`, the registry's model of that name, or an .onnx file; None for `none`."""
    if name == "none":
        return None
    if name == "cel":
        return Teacher("cel", None, "rgb", "cel")
    path = Path(name) if name.endswith(".onnx") else registry.fetch(name, licence)
    if not path.is_file():
        raise UserError(f"params.yaml: pair.teacher {name!r} is no file; use cel, none, or the path of an .onnx model")
    return Teacher(path.stem, path, "bgr" if path.stem in BGR else colour, shards.file_digest(path))
