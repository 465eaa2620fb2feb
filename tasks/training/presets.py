"""Named trainings: what params.yaml does not say of `finetune`, its preset says."""

from tasks.core.errors import UserError, nearest
from tasks.core.params import Values, overlaid

PRESETS: dict[str, Values] = {
    # Cutouts first, for the strokes; then whole faces, for the norms and the losses on faces.
    "default": {
        "steps": 600,
        "sizes": [128, 128, 128, 128, 128, 256],
        "cutouts": 5 / 6,
        "lr": 0.002,
        "identity_margin": 0.95,
        "skin_margin": 3.0,
        "face_ramp": 0.0,
        "weights": {
            "l1": 3.0,
            "colour": 3.0,
            "gradient": 3.0,
            "ssim": 1.0,
            "perceptual": 3.0,
            "gram": 3.0,
            "adversarial": 0.2,
            "identity": 0.3,
            "skin": 1.0,
            "landmarks": 0.25,
        },
    },
    # A small generator learns a teacher's drawings: what they look like is all there is to learn.
    "student": {
        "architecture": "student",
        "steps": 2000,
        "batch": 8,
        "sizes": [128, 192, 256],
        "lr": 0.002,
        "average": 0.995,
        "augment": {"colour": 0.0},
        "weights": {"l1": 1.0, "colour": 2.0, "gradient": 1.0, "ssim": 0.5, "identity": 0.25},
    },
    # To the letter: the last three layers, five epochs, L1 1.0, perceptual 2.0, identity 0.5.
    "published": {
        "layers": "head",
        "epochs": 5.0,
        "lr": 0.00001,
        "warmup": 0,
        "schedule": "constant",
        "sizes": [256],
        "average": 0.0,
        "face_ramp": 0.0,
        "augment": {"zoom": 0.0, "mirror": False, "colour": 0.0},
        "weights": {"l1": 1.0, "perceptual": 2.0, "identity": 0.5},
    },
    # Chen, Liu, Chen: "AnimeGAN" (ISICA 2019), with the terms that hold the face. The weights are not the paper's,
    # which are for features as they come: here each is held against its own size.
    "animegan": {
        "recipe": "animegan",
        "steps": 2000,
        "weights": {
            "content": 0.5,
            "gram": 5.0,
            "colour": 5.0,
            "smooth": 1.0,
            "adversarial": 10.0,
            "identity": 0.5,
            "skin": 1.0,
        },
    },
    # Zhu, Park, Isola, Efros: "Unpaired Image-to-Image Translation" (ICCV 2017), its weights, likewise.
    "cyclegan": {
        "recipe": "cyclegan",
        "steps": 2000,
        "weights": {"cycle": 10.0, "same": 5.0, "adversarial": 1.0, "identity": 0.5, "skin": 1.0},
    },
}


def complete(values: Values, default: str) -> Values:
    """The preset's values with those given over them; a given length replaces the preset's, whatever its unit.

    Raises UserError for a preset nobody knows.
    """
    name = values.get("preset", default)
    if name not in PRESETS:
        raise UserError(f"params.yaml: preset is {name!r}; {nearest(str(name), list(PRESETS))}")
    below = dict(PRESETS[name])
    if {"steps", "epochs"} & set(values):
        below = {key: value for key, value in below.items() if key not in ("steps", "epochs")}
    return overlaid(below, values)
