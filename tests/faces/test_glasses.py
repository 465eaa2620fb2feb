import csv
from pathlib import Path

import numpy as np
import pytest

from tasks.core.image import decode
from tasks.faces.backend import open_backend
from tasks.faces.glasses import evidence, glasses
from tasks.faces.landmarks import landmarks68


@pytest.mark.usefixtures("models_dir")
def test_glasses_are_seen_on_selfies_judged_by_eye_with_an_f1_of_085(shared_data: Path) -> None:
    backend = open_backend("insightface")
    with (shared_data / "truth_glasses.csv").open() as file:
        truth = {row["file"]: row["glasses"] for row in csv.DictReader(file)}
    found = {}
    for name in truth:
        image = decode((shared_data / name).read_bytes())
        face = backend.detect(image)[0]
        found[name] = glasses(image, landmarks68(image, face.box, face.landmarks))[0]
    worn, said = (np.array([kind != "none" for kind in kinds]) for kinds in (truth.values(), found.values()))
    assert 2 * (worn & said).sum() / (worn.sum() + said.sum()) >= 0.85
    kinds = [found[name] == truth[name] for name in truth if truth[name] != "none" and found[name] != "none"]
    assert np.mean(kinds) >= 0.9


def test_a_face_too_small_to_show_a_frame_is_unknown() -> None:
    landmarks = np.random.default_rng(0).uniform(10, 20, (68, 2))
    assert glasses(np.zeros((30, 30, 3), np.uint8), landmarks) == ("unknown", 0.0)


def test_plain_skin_has_no_evidence_and_a_drawn_frame_has_all_but_dark_lenses() -> None:
    skin = np.full((192, 192), 180, np.float32)
    assert set(evidence(skin).values()) == {0.0}
    framed = skin.copy()
    for left, right in ((44, 84), (108, 148)):
        framed[48:92, left:right] = 40
        framed[52:88, left + 4 : right - 4] = 180
    framed[62:66, 20:172] = 40
    found = evidence(framed)
    assert {name for name, value in found.items() if value > 0.1} == set(found) - {"lenses"}
