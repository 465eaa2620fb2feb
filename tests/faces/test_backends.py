"""Every backend on real photographs: who is found, where, and who is who."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import UserError
from tasks.core.image import Image, decode, resize
from tasks.faces.backend import BACKENDS, ENCODERS, Backend, Encoder, Face, open_backend, open_encoder
from tasks.faces.dlib_backend import working_scale
from tasks.faces.landmarks import five
from tasks.faces.onnx_encoder import recipe_of

pytestmark = pytest.mark.usefixtures("models_dir")

# What each backend must reach with its own encoder on 50 photographs of five people: the share of the 1,225 pairs on
# the right side of the encoder's threshold (measured: 0.991, 0.994, 0.996).
ACCURACY = {"dlib": 0.98, "opencv": 0.985, "insightface": 0.99}


@cache
def backend(name: str) -> Backend:
    return open_backend(name)


@cache
def encoder(name: str) -> Encoder:
    return open_encoder(name)


@cache
def picture(path: Path) -> Image:
    return decode(path.read_bytes())


def first_face(name: str, image: Image) -> Face:
    return backend(name).detect(image)[0]


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("file", "faces"),
    [("groups/t1.jpg", 6), ("groups/two_people.jpg", 2), ("groups/32bit.png", 1), ("conditions/crop/no_face.png", 0)],
)
def test_the_faces_of_a_photograph_are_found(name: str, file: str, faces: int, shared_data: Path) -> None:
    assert len(backend(name).detect(picture(shared_data / file))) == faces


def test_faces_come_largest_first_with_landmarks_in_order(name: str, shared_data: Path) -> None:
    faces = backend(name).detect(picture(shared_data / "groups/t1.jpg"))
    areas = [face.area for face in faces]
    assert areas == sorted(areas, reverse=True)
    for face in faces:
        left, right, nose, mouth_left, mouth_right = face.landmarks
        assert face.landmarks.shape == (5, 2)
        assert face.landmarks.dtype == np.float64
        assert left[0] < nose[0] < right[0]
        assert mouth_left[0] < mouth_right[0]
        assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
        x0, y0, x1, y1 = face.box
        assert ((face.landmarks > [x0, y0]) & (face.landmarks < [x1, y1])).all()


@pytest.mark.parametrize(("name", "limit"), [("opencv", 0.2), ("insightface", 0.2)])
def test_backends_agree_on_where_the_landmarks_are(name: str, limit: float, shared_data: Path) -> None:
    image = picture(shared_data / "groups/t1.jpg")
    reference = backend("dlib").detect(image)
    for face in backend(name).detect(image):
        near = min(reference, key=lambda other: np.abs(other.landmarks - face.landmarks).max())
        eyes = float(np.hypot(*(near.landmarks[1] - near.landmarks[0])))
        assert np.hypot(*(near.landmarks - face.landmarks).T).mean() < limit * eyes


@pytest.mark.parametrize("factor", [0.5, 2.5])
def test_a_face_stays_in_place_when_the_photograph_is_resized(name: str, factor: float, shared_data: Path) -> None:
    image = picture(shared_data / "near_duplicates/obama-480p.jpg")
    height, width = (round(side * factor) for side in image.shape[:2])
    scaled, face = first_face(name, resize(image, width, height)), first_face(name, image)
    eyes = float(np.hypot(*(face.landmarks[1] - face.landmarks[0])))
    assert np.abs(scaled.scaled(1 / factor).landmarks - face.landmarks).max() < 0.15 * eyes


def test_selfies_of_256_pixels_have_their_face(name: str, shared_data: Path) -> None:
    files = sorted((shared_data / "selfies").glob("*.jpg"))[:30]
    found = sum(bool(backend(name).detect(picture(file))) for file in files)
    assert found >= 28


def test_tiny_and_empty_pictures_have_no_face(name: str) -> None:
    for shape in ((1, 1), (8, 300), (3000, 7), (32, 32), (41, 40), (64, 64), (640, 31)):
        assert backend(name).detect(np.full((*shape, 3), 127, np.uint8)) == []


def test_the_same_picture_gives_the_same_faces_and_vectors(name: str, shared_data: Path) -> None:
    image = picture(shared_data / "identities/Colin_Powell/Colin_Powell_0001.jpg")
    first, again = first_face(name, image), first_face(name, image)
    assert first.box == again.box
    assert np.array_equal(first.landmarks, again.landmarks)
    embed = backend(name).encoder.embed
    assert np.array_equal(embed(image, first.landmarks), embed(image, again.landmarks))


def test_five_people_are_told_apart(name: str, shared_data: Path) -> None:
    files = sorted((shared_data / "identities").glob("*/*.jpg"))
    chosen = backend(name).encoder
    vectors = np.stack([chosen.embed(picture(file), first_face(name, picture(file)).landmarks) for file in files])
    likeness = chosen.similarity(vectors, vectors)
    assert likeness.shape == (50, 50)
    assert np.allclose(np.diag(likeness), 1, atol=1e-3)
    people = np.array([file.parent.name for file in files])
    pairs = np.triu_indices(len(files), 1)
    right = (likeness[pairs] >= chosen.same) == (people[:, None] == people)[pairs]
    assert right.mean() >= ACCURACY[name]
    np.fill_diagonal(likeness, -1)
    assert (people[likeness.argmax(axis=1)] == people).all()


def test_digests_name_every_model_of_detection(name: str) -> None:
    assert backend(name).digests
    assert all(len(digest) == 64 for digest in [*backend(name).digests.values(), backend(name).encoder.digest])


@pytest.mark.parametrize(
    ("name", "length"), [("dlib", 1.4), ("mobilefacenet_112", 1.0), ("mobilefacenet_insightface_112", 1.0)]
)
def test_encoders_give_vectors_of_one_length(name: str, length: float, shared_data: Path) -> None:
    image = picture(shared_data / "groups/t1.jpg")
    vector = encoder(name).embed(image, first_face("opencv", image).landmarks)
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(length, abs=0.1 * (name == "dlib") + 1e-3)


def test_a_recognition_file_opens_by_its_path_with_its_own_normalisation(models_dir: Path, tmp_path: Path) -> None:
    known = open_encoder(str(models_dir / "mobilefacenet_112.onnx"))
    assert (known.name, known.path) == ("mobilefacenet_112", models_dir / "mobilefacenet_112.onnx")
    own = tmp_path / "ours.onnx"
    own.write_bytes((models_dir / "mobilefacenet_insightface_112.onnx").read_bytes())
    assert open_encoder(str(own)).name == "ours"
    assert recipe_of(own).mean == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (lambda: open_backend("dlip"), "faces.backend is 'dlip'; did you mean dlib"),
        (lambda: open_backend("dlib", "free"), "faces.licence is 'free'; known: any, commercial"),
        (lambda: open_backend("insightface", "commercial"), "refuses det_10g .*yunet_s_640"),
        (lambda: open_encoder("w600k_r5", "any"), "did you mean w600k_r50"),
        (lambda: open_encoder("mobilefacenet_112", "commercial"), "refuses mobilefacenet_112"),
        (lambda: open_encoder("absent.onnx", "any"), "absent.onnx does not exist"),
    ],
)
def test_what_cannot_be_opened_says_what_can(wanted: object, message: str) -> None:
    assert callable(wanted)
    with pytest.raises(UserError, match=message):
        wanted()


def test_the_commercial_policy_says_what_it_cannot_replace(caplog: pytest.LogCaptureFixture) -> None:
    assert open_backend("opencv", "commercial").name == "opencv"
    assert "iBUG 300-W" in caplog.text


def test_a_detector_is_no_encoder_and_a_text_is_no_network(models_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no recognition network of 112 x 112"):
        open_encoder(str(models_dir / "scrfd_500m_bnkps.onnx"))
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(UserError, match=r"text\.onnx is no ONNX file"):
        open_encoder(str(tmp_path / "text.onnx"))


def test_every_known_encoder_has_a_recipe() -> None:
    from tasks.faces.onnx_encoder import RECIPES

    assert set(RECIPES) | {"dlib"} == set(ENCODERS)


@pytest.mark.parametrize("factor", [1.0, 0.7])
def test_a_face_of_dlib_has_the_68_landmarks_that_its_five_are_of(factor: float, shared_data: Path) -> None:
    image = picture(shared_data / "groups/two_people.jpg")
    smaller = resize(image, round(image.shape[1] * factor), round(image.shape[0] * factor))
    for face in backend("dlib").detect(smaller):
        assert face.dense is not None
        np.testing.assert_allclose(five(face.dense), face.landmarks)


@pytest.mark.parametrize(("size", "scale"), [((256, 256), 2.0), ((640, 480), 1.0), ((4000, 3000), 0.32)])
def test_dlib_looks_at_small_pictures_enlarged_and_at_large_ones_reduced(size: tuple[int, int], scale: float) -> None:
    assert working_scale(*size) == pytest.approx(scale)
