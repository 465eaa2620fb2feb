"""How near is the output to its paired target? Structural similarity, full-reference, so for pairs only."""

from skimage.metrics import structural_similarity

from tasks.core.image import Image

MIN_SIDE = 11  # the window of 11 pixels that a Gaussian of sigma 1.5 is cut off to


def ssim(target: Image, output: Image) -> float:
    """Mean SSIM, -1..1, 1 for equal pictures; per RGB channel, range 255, Gaussian window of sigma 1.5 as published.

    Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment: from error visibility to structural similarity" (TIP
    2004). Raises ValueError when the pictures differ in size or have a side under 11 pixels.
    """
    if target.shape != output.shape or min(target.shape[:2]) < MIN_SIDE:
        raise ValueError(f"pictures of {target.shape} and {output.shape}; both must be one size of {MIN_SIDE} or more")
    value: float = structural_similarity(  # type: ignore[no-untyped-call]
        target,
        output,
        data_range=255,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(value)
