"""What holds the complexion: the mean skin colour of photo and drawing in the a, b plane of CIE Lab."""

import torch
from torch import Tensor

_MATRIX = (  # linear sRGB to XYZ: IEC 61966-2-1
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.950456, 1.0, 1.088754)  # D65
_KNEE = 0.008856  # (6/29)^3, below which the cube root gives way to a line
_UNIT = 10.0  # shift in a, b beyond the margin that costs 1; skin in the field's drawings shifts by 10 to 15


def skin_shift(drawn: Tensor, plain: Tensor, mask: Tensor, margin: float = 0.0) -> Tensor:
    """Give `max(0, sqrt(da^2 + db^2) - margin) / 10` of the mean skin colours, one value per picture (n).

    drawn and plain: n x 3 x h x w in -1..1; mask: n x 1 x h x w, 1 on skin; 0 is given where a picture has none.
    Lightness is free, as in the score (CIE 15:2004, section 8.2): a style may flatten light and shadow.
    """
    gap = mean_chroma(drawn, mask) - mean_chroma(plain, mask).detach()
    return torch.as_tensor(torch.linalg.vector_norm(gap, dim=1) - margin).clamp(min=0) / _UNIT


def mean_chroma(pictures: Tensor, mask: Tensor) -> Tensor:
    """Mean a and b (n x 2) over a mask of n x 1 x h x w; 0 where it is empty."""
    return (lab(pictures)[:, 1:] * mask).sum((2, 3)) / mask.sum((2, 3)).clamp(min=1)


def lab(pictures: Tensor) -> Tensor:
    """CIE Lab under D65 of n x 3 x h x w sRGB in -1..1: L in 0..100, a and b in about -128..127, float32.

    Element by element, for a matrix product would be rounded to bfloat16 under autocast. Every branch's slope is
    finite, also at black, where the powers' own slopes are not.
    """
    srgb = (pictures.float() + 1) / 2
    linear = torch.where(srgb > 0.04045, ((srgb.clamp(min=0.04) + 0.055) / 1.055) ** 2.4, srgb / 12.92)
    red, green, blue = linear.unbind(1)
    rows = zip(_MATRIX, _WHITE, strict=True)
    x, y, z = (_compressed((r * red + g * green + b * blue) / white) for (r, g, b), white in rows)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def _compressed(t: Tensor) -> Tensor:
    return torch.where(t > _KNEE, t.clamp(min=_KNEE) ** (1 / 3), t * (841 / 108) + 4 / 29)
