import base64

import pytest

from tasks.core.image import decode
from tasks.pages.picture import FACE, THUMB, embedded
from tests.pages.comparison import picture


@pytest.mark.parametrize(
    ("height", "width", "side", "shape"),
    [(512, 512, FACE, (256, 256, 3)), (100, 100, FACE, (100, 100, 3)), (400, 200, THUMB, (104, 52, 3))],
)
def test_a_picture_is_reduced_and_never_enlarged(
    height: int, width: int, side: int, shape: tuple[int, int, int]
) -> None:
    image = picture(0, 512)[:height, :width]
    head, data = embedded(image, side).split(",")
    assert head == "data:image/webp;base64"
    assert decode(base64.b64decode(data)).shape == shape
