"""A stylizer for large pictures agrees with the one for others."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import nn

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.deploy.export import save_generator, save_onnx
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.generator import new_generator
from tasks.nets.student import new_student
from tasks.styles import tiles
from tasks.styles.stylizer import Stylizer
from tasks.styles.tiles import TiledStylizer


def conditioned() -> nn.Module:
    torch.manual_seed(0)
    net = Conditioned(new_student(0), Vocabulary((("hair", ("black", "red")),))).eval()
    cast(nn.Conv2d, net.generator.head).weight.data.normal_(0, 0.1)
    cast(nn.Linear, net.condition.layers[-1]).weight.data.normal_(0, 0.5)
    return net


NETS = {"animeganv2": lambda: new_generator(0).eval(), "student": lambda: new_student(0).eval(), "told": conditioned}


@pytest.fixture
def image() -> Image:
    return np.random.default_rng(0).integers(0, 256, (45, 62, 3), np.uint8)  # no multiple of 4


@pytest.mark.parametrize("kind", NETS)
def test_it_draws_what_the_stylizer_draws(kind: str, tmp_path: Path, image: Image) -> None:
    net = NETS[kind]()
    save_generator(net, tmp_path / "generator.safetensors")
    save_onnx(net, tmp_path / "generator.onnx")
    tiled, full = TiledStylizer(tmp_path / "generator.safetensors", 16), Stylizer(tmp_path / "generator.onnx")
    assert tiled.controlled == full.controlled == (kind == "told")
    for wishes, strength in (((), 1.0), ((0.0, 1.0), 0.6)):
        expected = full.run(image, wishes if kind == "told" else (), strength).astype(int)
        drawn = tiled.run(image, wishes if kind == "told" else (), strength)
        assert drawn.shape == image.shape and drawn.dtype == np.uint8
        assert np.abs(drawn - expected).max() <= 1


def test_it_is_loaded_once_and_the_same_bytes_come_twice(tmp_path: Path, image: Image) -> None:
    save_generator(new_generator(0), tmp_path / "generator.safetensors")
    first, second = (tiles.opened(tmp_path / "generator.safetensors") for _ in range(2))
    assert first is second
    np.testing.assert_array_equal(first.run(image), second.run(image))


def test_a_picture_too_small_and_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    save_generator(new_student(0), tmp_path / "generator.safetensors")
    with pytest.raises(UserError, match="the picture has 15 x 40 pixels; give 16 or more a side"):
        TiledStylizer(tmp_path / "generator.safetensors").run(np.zeros((40, 15, 3), np.uint8))
    save_generator(nn.Linear(2, 2), tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="holds no generator"):
        TiledStylizer(tmp_path / "other.safetensors")
