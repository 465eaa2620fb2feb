from pathlib import Path

import numpy as np
import pytest

from tasks.core.image import Image, decode
from tasks.faces import registry
from tasks.faces.anime import detect_anime
from tasks.faces.backend import Backend, Encoder, Face
from tasks.faces.geometry import crop_matrix, transform


class Finds:
    """A backend that finds the faces it was given, in whatever picture."""

    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)
        self.name, self.digests = "fake", {"fake": "0" * 64}

    @property
    def encoder(self) -> Encoder:
        raise NotImplementedError

    def detect(self, _image: Image) -> list[Face]:
        return self.faces


def drawings(shared_data: Path) -> list[Image]:
    return [decode(file.read_bytes()) for file in sorted((shared_data / "anime").glob("*"))[::8]]


@pytest.mark.usefixtures("models_dir")
def test_the_cascade_finds_one_face_in_nearly_every_drawing(shared_data: Path) -> None:
    cascade = registry.find("lbpcascade_animeface")
    found = [detect_anime(image, cascade, Finds()) for image in drawings(shared_data)]
    assert np.mean([len(faces) == 1 for faces in found]) >= 0.95
    for faces in found:
        for face in faces:
            assert 0 < face.score < 1
            placed = transform(crop_matrix(face.landmarks, 256), face.landmarks)
            assert placed[:2, 1] == pytest.approx(placed[0, 1])


@pytest.mark.usefixtures("models_dir")
def test_landmarks_scale_with_the_drawing(shared_data: Path) -> None:
    cascade, image = registry.find("lbpcascade_animeface"), drawings(shared_data)[0]
    large = np.repeat(np.repeat(image, 5, axis=0), 5, axis=1)
    small = detect_anime(image, cascade, Finds())[0]
    assert np.abs(detect_anime(large, cascade, Finds())[0].scaled(0.2).landmarks - small.landmarks).max() < 12


def test_without_a_cascade_the_backend_is_asked() -> None:
    backend: Backend = Finds(Face((0, 0, 9, 9), 1.0, np.zeros((5, 2))))
    image = np.full((64, 64, 3), 127, np.uint8)
    assert detect_anime(image, None, backend) == backend.detect(image)
    assert detect_anime(image, None, Finds()) == []


@pytest.mark.usefixtures("models_dir")
def test_where_the_cascade_finds_nothing_the_backend_is_asked() -> None:
    backend: Backend = Finds(Face((0, 0, 9, 9), 1.0, np.zeros((5, 2))))
    image = np.full((64, 64, 3), 127, np.uint8)
    assert len(detect_anime(image, registry.find("lbpcascade_animeface"), backend)) == 1
