from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tasks.core import manifest
from tasks.core.image import Image, decode
from tasks.faces import attribute_nets as nets
from tasks.faces.attribute_nets import Models, open_models
from tasks.faces.backend import Backend, open_backend
from tasks.faces.geometry import Points, crop_matrix, transform, warp
from tasks.faces.glasses import glasses
from tasks.faces.landmarks import five, landmarks68
from tasks.labelling.attributes import UNKNOWN, VALUES, Attribute, fault, of_drawing, of_photo

ORIGINS = {
    "expression": "expression_7_112@2abc9f4d",
    "mask": "rfb640_masked_face@27ca3e59",
    "age": "genderage_mobilenet025_112@85638f64",
    "gender": "genderage_mobilenet025_112@85638f64",
    "glasses": "rule:glasses@2",
    "hair": "rule:hair@1",
    "skin": "rule:skin@1",
}


@cache
def insightface() -> Backend:
    return open_backend("insightface")


@cache
def networks() -> Models:
    return open_models()


def seen(file: Path) -> tuple[Image, Points, Points] | None:
    """The aligned crop of the largest face with its 5 and 68 landmarks, as `align` makes it."""
    image = decode(file.read_bytes())
    faces = insightface().detect(image)
    if not faces:
        return None
    matrix = crop_matrix(faces[0].landmarks, 256, 0.75)
    dense = landmarks68(image, faces[0].box, faces[0].landmarks)
    return warp(image, matrix, 256), transform(matrix, faces[0].landmarks), transform(matrix, dense)


@cache
def told(file: Path) -> dict[str, Attribute]:
    face = seen(file)
    assert face is not None
    return of_photo(*face, networks())


def test_the_manifest_holds_every_attribute() -> None:
    assert tuple(VALUES) == manifest.ATTRIBUTES


@pytest.mark.usefixtures("models_dir")
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
        ("identities_large/img1.jpg", "hair", "black"),
        ("conditions/emotion/happy.png", "style", "unknown"),
    ],
)
def test_attributes_of_real_faces(file: str, name: str, value: str, shared_data: Path) -> None:
    found, score, origin = told(shared_data / file)[name]
    assert found == value
    assert (0 < score <= 1 and origin == ORIGINS[name]) or (found, score, origin) == UNKNOWN


@pytest.mark.usefixtures("models_dir")
def test_every_value_is_one_that_a_person_could_give(shared_data: Path) -> None:
    found = told(shared_data / "conditions/emotion/happy.png")
    assert [fault(name, value) for name, (value, _, _) in found.items()] == [None] * len(VALUES)


@pytest.mark.usefixtures("models_dir")
def test_ages_are_plausible_years(shared_data: Path) -> None:
    age, score, _ = told(shared_data / "near_duplicates/obama-480p.jpg")["age"]
    assert 30 <= int(age) <= 70
    assert 0 <= score <= 1


@pytest.mark.usefixtures("models_dir")
def test_gender_is_right_where_the_name_of_the_file_tells_it(shared_data: Path) -> None:
    women = sorted((shared_data / "selfies").glob("female_*.jpg"))[::13]
    men = sorted((shared_data / "identities").rglob("*.jpg"))[::5]
    session = networks().sessions[nets.AGE_GENDER]
    right = []
    for file in (*women, *men):
        if face := seen(file):
            crop, _, dense = face
            frames = glasses(crop, dense)[0] in ("glasses", "sunglasses")
            gender = nets.age_gender(session, crop, five(dense), frames)[1][0]
            right.append(gender == ("female" if file in women else "male"))
    assert np.mean(right) >= 0.95


@pytest.mark.usefixtures("models_dir")
def test_without_models_only_the_rules_tell_something(shared_data: Path) -> None:
    face = seen(shared_data / "conditions/emotion/happy.png")
    assert face is not None
    found = of_photo(*face, Models({}, {}))
    assert {name for name, label in found.items() if label != UNKNOWN} <= {"glasses", "hair", "skin"}
    assert found["glasses"][2] == ORIGINS["glasses"]


@pytest.mark.usefixtures("models_dir")
def test_the_commercial_policy_leaves_out_what_it_refuses() -> None:
    permitted = open_models("commercial")
    assert set(permitted.sessions) == set(permitted.digests) == {nets.EXPRESSION, nets.MASK}


def test_of_a_drawing_hair_and_style_are_told() -> None:
    blue = np.full((96, 96, 3), (110, 130, 180), np.uint8)
    blue[40:80, 30:66] = (250, 225, 205)
    points = np.array([[37.0, 48], [59, 48], [48, 58], [42, 66], [54, 66]])
    found = of_drawing(blue, points)
    assert found["hair"][0] == "blue"
    assert found["style"][0] == "cel"
    assert {name for name, label in found.items() if label != UNKNOWN} == {"hair", "style"}


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("glasses", "sunglasses", None),
        ("age", "34", None),
        ("hair", "unknown", None),
        ("hair", "blond", "hair 'blond' is unknown; did you mean blonde?"),
        ("age", "121", "age '121' is no whole number of years from 0 to 120"),
        ("hare", "red", "attribute 'hare' is unknown; did you mean hair?"),
    ],
)
def test_a_value_that_nobody_knows_is_a_fault(attribute: str, value: str, said: str | None) -> None:
    assert fault(attribute, value) == said
