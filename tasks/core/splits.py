"""Train, validation or test, by a hash of the group's anchor: the same group always falls on the same side."""

import hashlib

from tasks.core.errors import UserError

SPLITS = ("train", "val", "test")
KEPT_BACK = 0.25  # share of the drawings


def split_of(anchor: str, val_share: float, test_share: float, seed: int) -> str:
    """The split of a group of faces that must stay together; shares are 0..1 of the groups, on average."""
    place = int(hashlib.sha256(f"{seed}/{anchor}".encode()).hexdigest()[:13], 16) / 16**13
    if place < test_share:
        return "test"
    return "val" if place < test_share + val_share else "train"


def kept_back(drawing: str) -> bool:
    """Whether a drawn face is kept back from trainings without pairs, to have a style to judge them by: one in four.

    `drawing` is a face_id; the faces of one picture go together.
    """
    return split_of(drawing.rpartition("-")[0] or drawing, 0.0, KEPT_BACK, 0) == "test"


def check_shares(section: str, val_share: float, test_share: float) -> None:
    """Raise UserError unless both are 0..1 and leave something to train on."""
    if val_share < 0 or test_share < 0 or val_share + test_share >= 1:
        given = f"{section}.val_share {val_share} and {section}.test_share {test_share}"
        raise UserError(f"{given} leave nothing to train on; together they must be below 1")
