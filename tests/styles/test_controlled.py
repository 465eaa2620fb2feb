"""A controlled generator, from its file to the drawing that was wished for."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from tasks.core.image import Image
from tasks.deploy import export
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.student import new_student
from tasks.styles.stylizer import Stylizer

WORDS = Vocabulary((("hair", ("black", "red")),))


@pytest.fixture
def image() -> Image:
    return np.random.default_rng(0).integers(0, 256, (32, 40, 3), np.uint8)


def saved(path: Path, vocabulary: Vocabulary) -> Stylizer:
    """A generator that was trained a little: it no longer hands the photo on, and its condition matters."""
    torch.manual_seed(0)
    net = Conditioned(new_student(0), vocabulary).eval()
    with torch.no_grad():
        cast(torch.nn.Conv2d, net.generator.head).weight.normal_(0, 0.1)
        cast(torch.nn.Linear, net.condition.layers[-1]).weight.normal_(0, 0.5)
    export.save_onnx(net, path)
    return Stylizer(path)


def test_strength_0_is_the_photo_and_a_wish_changes_the_drawing(tmp_path: Path, image: Image) -> None:
    stylizer = saved(tmp_path / "controlled.onnx", WORDS)
    assert stylizer.controlled
    np.testing.assert_array_equal(stylizer.run(image, strength=0.0), image)
    plain, black, red = (stylizer.run(image, wishes) for wishes in ((), (1.0, 0.0), (0.0, 1.0)))
    assert np.abs(black.astype(int) - red).max() > 1
    assert np.abs(plain.astype(int) - red).max() > 1


def test_strength_may_be_all_that_is_asked(tmp_path: Path, image: Image) -> None:
    stylizer = saved(tmp_path / "controlled.onnx", Vocabulary())
    np.testing.assert_array_equal(stylizer.run(image, strength=0.0), image)
    assert np.abs(stylizer.run(image).astype(int) - image).max() > 1


def test_to_another_generator_wishes_mean_nothing(tmp_path: Path, image: Image) -> None:
    export.save_onnx(new_student(0).eval(), tmp_path / "plain.onnx")
    stylizer = Stylizer(tmp_path / "plain.onnx")
    assert not stylizer.controlled
    np.testing.assert_array_equal(stylizer.run(image, (1.0,), 0.5), image)  # an untrained student hands it on
