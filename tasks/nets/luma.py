"""The light of pictures, BT.601's Y."""

from torch import Tensor


def light(pictures: Tensor) -> Tensor:
    """Y of n x 3 x h x w RGB in -1..1: n x 1 x h x w, in -1..1."""
    return 0.299 * pictures[:, :1] + 0.587 * pictures[:, 1:2] + 0.114 * pictures[:, 2:]
