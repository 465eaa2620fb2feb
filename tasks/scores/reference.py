"""Every score of an output against its paired target at once: what SSIM and MS-SSIM share is worked out once."""

from tasks.core.image import Image
from tasks.scores.ciede2000 import ciede2000
from tasks.scores.gmsd import gmsd
from tasks.scores.ms_ssim import combined, scales
from tasks.scores.psnr import psnr
from tasks.scores.sizes import check_sizes
from tasks.scores.ssim import WINDOW, planes

NAMES = ("ssim", "ms_ssim", "psnr", "gmsd", "ciede2000")


def against(target: Image, output: Image) -> dict[str, float]:
    """NAMES -> score, each as its own function gives it; LPIPS, which asks for a network, stands apart.

    Raises ValueError when the pictures differ in size or have a side under 11 pixels.
    """
    check_sizes(target, output, WINDOW)
    found = scales(planes(target), planes(output))
    values = (float(found[0].whole.mean()), combined(found), psnr(target, output))
    return dict(zip(NAMES, (*values, gmsd(target, output), ciede2000(target, output)), strict=True))
