"""How near is the output to its paired target, pixel by pixel? Full-reference, so for pairs only."""

import cv2
import numpy as np

from tasks.core.image import Image
from tasks.scores.sizes import check_sizes

CEILING = 60.0  # dB; rounding to 8 bits alone is an error of 1/12, so 58.9 dB: what lies above says nothing


def psnr(target: Image, output: Image) -> float:
    """Peak signal-to-noise ratio, 10 log10(255^2 / mean squared error) over all channels, in dB; higher is nearer.

    At most 60 dB, equal pictures too, lest one of them make every mean infinite; libvmaf cuts off 8-bit pictures at
    the same value. Huynh-Thu, Ghanbari: "Scope of validity of PSNR in image/video quality assessment" (Electronics
    Letters 2008). Raises ValueError when the pictures differ in size.
    """
    check_sizes(target, output)
    error = cv2.norm(target, output, cv2.NORM_L2SQR) / target.size
    return CEILING if error == 0 else min(float(10 * np.log10(255**2 / error)), CEILING)
