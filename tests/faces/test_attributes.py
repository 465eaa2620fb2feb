import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tasks.core.image import Image, decode
from tasks.faces import attributes as module
from tasks.faces.attributes import NAMES, UNKNOWN, Models, attributes, open_models
from tasks.faces.backend import Backend, Face, open_backend
from tasks.faces.glasses import glasses
from tasks.faces.landmarks import landmarks68

pytestmark = pytest.mark.usefixtures("models_dir")

NONE = Models({}, {})


@cache
def insightface() -> Backend:
    return open_backend("insightface")


@cache
def networks() -> Models:
    return open_models()


def seen(file: Path) -> tuple[Image, Face]:
    image = decode(file.read_bytes())
    return image, insightface().detect(image)[0]


@pytest.mark.parametrize(
    ("file", "name", "value"),
    [
        ("conditions/emotion/anger.png", "expression", "angry"),
        ("conditions/emotion/happy.png", "expression", "happy"),
        ("conditions/crop/crop.png", "expression", "neutral"),
        ("conditions/emotion/happy.png", "mask", "none"),
        ("conditions/bulk/mask.png", "mask", "mask"),
        ("conditions/bulk/mask2.jpg", "mask", "mask"),
        ("conditions/crop/crop_mask.png", "mask", "mask"),
        ("conditions/bulk/mask.png", "expression", "unknown"),
        ("near_duplicates/obama-480p.jpg", "gender", "male"),
        ("conditions/emotion/sad.png", "gender", "female"),
        ("near_duplicates/obama-480p.jpg", "glasses", "none"),
    ],
)
def test_attributes_of_real_faces(file: str, name: str, value: str, shared_data: Path) -> None:
    found, score, origin = attributes(*seen(shared_data / file), networks())[name]
    assert found == value
    assert (0 < score <= 1 and origin) or (found, score, origin) == UNKNOWN


def test_ages_are_plausible_years(shared_data: Path) -> None:
    age, score, origin = attributes(*seen(shared_data / "near_duplicates/obama-480p.jpg"), networks())["age"]
    assert 30 <= int(age) <= 70
    assert 0 <= score <= 1
    assert origin == module.AGE_GENDER


def test_gender_is_right_for_nearly_all_selfies(shared_data: Path) -> None:
    files = sorted((shared_data / "selfies").glob("*.jpg"))[::16]
    pictures = [decode(file.read_bytes()) for file in files]
    faces = [(image, found[0]) for image in pictures if (found := insightface().detect(image))]
    session = networks().sessions[module.AGE_GENDER]
    women = [module.age_gender(session, image, face.landmarks)[1][0] == "female" for image, face in faces]
    assert np.mean(women) >= 0.85


def test_without_models_all_but_the_glasses_is_unknown(shared_data: Path) -> None:
    found = attributes(*seen(shared_data / "conditions/emotion/happy.png"), NONE)
    assert tuple(found) == NAMES
    assert all(found[name] == UNKNOWN for name in NAMES if name != "glasses")
    assert found["glasses"][2] == "rule:glasses"


def test_the_commercial_policy_leaves_out_what_it_refuses() -> None:
    permitted = open_models("commercial")
    assert set(permitted.sessions) == set(permitted.digests) == {module.EXPRESSION, module.MASK}


def test_glasses_are_seen_on_selfies_judged_by_eye(shared_data: Path) -> None:
    with (shared_data / "truth_glasses.csv").open() as file:
        rows = [(row["file"], row["glasses"]) for row in csv.DictReader(file)]
    truth, found = [], []
    for name, worn in rows:
        image, face = seen(shared_data / name)
        truth.append(worn != "none")
        found.append(glasses(image, landmarks68(image, face.box, face.landmarks))[0] in ("glasses", "sunglasses"))
    right = np.sum(np.array(truth) & found)
    assert 2 * right / (np.sum(truth) + np.sum(found)) >= 0.75


def test_glasses_of_a_face_too_small_are_unknown() -> None:
    landmarks = np.random.default_rng(0).uniform(10, 20, (68, 2))
    assert glasses(np.zeros((30, 30, 3), np.uint8), landmarks) == ("unknown", 0.0)
