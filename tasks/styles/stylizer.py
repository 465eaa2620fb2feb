"""Any image-to-image ONNX model as a function from picture to picture: layout, channels and range are read or told."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import require
from tasks.core.image import Image
from tasks.deploy.runtimes import AUTO, CPU, open_best, open_session

COLOURS = ("rgb", "bgr")


class Stylizer:
    """A generator under one of the runtimes: -1..1 in and out, one picture at a time, sides of any length."""

    def __init__(
        self, path: Path, colour: str = "rgb", threads: int = 0, multiple: int = 4, runtime: str = AUTO
    ) -> None:
        """`multiple`: the model's strides divide sides that are multiples of it; 0 threads: all cores.

        `runtime` auto is the best that is here (`runtimes.open_best`); `self.runtime` tells which. Raises UserError for
        a file that is no such model and for a runtime that is not at hand.
        """
        require(colour in COLOURS, f"colour is {colour!r}; a stylizer's channels are rgb or bgr")
        require(path.is_file(), f"stylizer {path} is no file; name an .onnx model, or `cel`")
        self.runtime, self._session = (
            open_best(path, threads) if runtime == AUTO else (runtime, open_session(runtime, path, threads))
        )
        (self._entry, sides), *asked = self._session.inputs.items()
        require(len(sides) == 4, f"stylizer {path} takes {sides}; it must take one batch of pictures")
        self._asked, self._planar = dict(asked), sides[1] == 3  # asked: by a controlled generator
        unknown = sorted(set(self._asked) - {"strength", "wishes"})
        require(not unknown, f"stylizer {path} also takes {', '.join(unknown)}; it must take a picture alone")
        self._swap, self._multiple = colour == "bgr", multiple

    @property
    def controlled(self) -> bool:
        """Whether the generator is told how strongly to draw, and what is wished for."""
        return "strength" in self._asked

    def run(self, image: Image, wishes: Sequence[float] = (), strength: float = 1.0) -> Image:
        """The drawing: same height and width, RGB, 0..255.

        A controlled generator gets `wishes` (none: as it likes) and `strength` 0..1; to others both mean nothing.
        """
        height, width = image.shape[:2]
        down, right = -height % self._multiple, -width % self._multiple
        padded = cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REFLECT_101) if down or right else image
        told = self._told(wishes, strength)
        output = self._session.run({self._entry: self._into(np.asarray(padded, np.uint8)), **told})
        return np.ascontiguousarray(self._out_of(output)[:height, :width])

    def _told(self, wishes: Sequence[float], strength: float) -> dict[str, NDArray[np.float32]]:
        values = {"strength": np.array([strength], np.float32)}
        if "wishes" in self._asked:
            values["wishes"] = np.array([wishes or [0.0] * int(self._asked["wishes"][1] or 0)], np.float32)
        return {name: values[name] for name in self._asked}

    def _into(self, image: Image) -> NDArray[np.float32]:
        batch = (image[..., ::-1] if self._swap else image)[None].astype(np.float32) / 127.5 - 1
        return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if self._planar else batch)

    def _out_of(self, batch: NDArray[np.float32]) -> Image:
        picture = batch[0].transpose(1, 2, 0) if self._planar else batch[0]
        drawn = np.clip(np.rint((picture + 1) * 127.5), 0, 255)
        return np.asarray(drawn[..., ::-1] if self._swap else drawn, np.uint8)


@cache
def opened(path: Path, colour: str = "rgb", threads: int = 1, runtime: str = CPU) -> Stylizer:
    """The stylizer, loaded once in each process; one thread, since workers share the cores.

    Who names no runtime gets the one that is everywhere, so that the same file draws the same on every machine.
    """
    return Stylizer(path, colour, threads, runtime=runtime)
