"""The colours by which a photo and a drawing are compared: three regions of fixed place in an aligned crop."""

import cv2
import numpy as np

from tasks.core.image import Image


def colours(crop: Image) -> list[float]:
    """Mean Lab of hair, face and clothes of an aligned crop: three regions of fixed place, nine numbers."""
    size = crop.shape[0]
    lab = np.asarray(cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float64)
    hair, face, clothes = (
        lab[: size // 6],
        lab[size * 2 // 5 : size * 2 // 3, size // 3 : size * 2 // 3],
        lab[-size // 8 :],
    )
    return [float(value) for region in (hair, face, clothes) for value in region.mean(axis=(0, 1))]
