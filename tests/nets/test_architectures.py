from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from tasks.core.errors import UserError
from tasks.nets import architectures
from tasks.nets.architectures import ARCHITECTURES, VOCABULARY
from tasks.nets.condition import Conditioned, Vocabulary

NAMES = list(ARCHITECTURES)


def written(net: nn.Module, path: Path, dtype: torch.dtype = torch.float32, note: str = "") -> Path:
    state = {name: t.to(dtype) if t.is_floating_point() else t for name, t in net.state_dict().items()}
    if path.suffix == ".safetensors":
        save_file(state, path, {VOCABULARY: note} if note else None)
    else:
        torch.save(state, path)
    return path


@pytest.mark.parametrize("file", ["w.safetensors", "w.pt"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("name", NAMES)
def test_weights_load_in_either_file_and_width(name: str, dtype: torch.dtype, file: str, tmp_path: Path) -> None:
    net = architectures.new(name, 1)
    path = written(net, tmp_path / file, dtype)
    loaded = architectures.load(name, path)
    assert architectures.recognised(path) == name and not loaded.training
    for key, tensor in net.state_dict().items():
        expected = tensor.to(dtype).float() if tensor.is_floating_point() else tensor
        assert torch.equal(loaded.state_dict()[key], expected)


@pytest.mark.parametrize("vocabulary", [Vocabulary((("hair", ("black", "red")),)), Vocabulary()])
@pytest.mark.parametrize("name", NAMES)
def test_a_condition_comes_back_with_its_vocabulary(name: str, vocabulary: Vocabulary, tmp_path: Path) -> None:
    model = Conditioned(architectures.new(name, 1), vocabulary)
    path = written(model, tmp_path / "c.safetensors", note=vocabulary.written())
    loaded = architectures.load(name, path)
    assert isinstance(loaded, Conditioned) and loaded.vocabulary == vocabulary
    assert architectures.recognised(path) == name
    assert all(torch.equal(loaded.state_dict()[key], t) for key, t in model.state_dict().items())


def test_a_condition_without_its_vocabulary_is_refused(tmp_path: Path) -> None:
    path = written(Conditioned(architectures.new("student", 1), Vocabulary()), tmp_path / "c.pt")
    with pytest.raises(UserError, match=r"c\.pt holds a condition without its vocabulary"):
        architectures.load("student", path)


@pytest.mark.parametrize(("name", "other"), [("student", "animeganv2"), ("animeganv2", "student")])
def test_another_architecture_s_weights_are_refused(name: str, other: str, tmp_path: Path) -> None:
    path = written(architectures.new(other, 1), tmp_path / "w.safetensors")
    with pytest.raises(UserError, match=r"w\.safetensors is not an? .* tensors differ, the first is"):
        architectures.load(name, path)


@pytest.mark.parametrize("file", ["b.pt", "b.safetensors"])
@pytest.mark.parametrize("name", NAMES)
def test_a_broken_or_missing_file_is_refused(name: str, file: str, tmp_path: Path) -> None:
    (tmp_path / file).write_bytes(b"\x00\x01nothing of use")
    with pytest.raises(UserError, match="cannot be read"):
        architectures.load(name, tmp_path / file)
    with pytest.raises(UserError, match=r"gone\.pt do not exist"):
        architectures.load(name, tmp_path / "gone.pt")


def test_what_is_no_generator_is_not_recognised(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no generator"):
        architectures.recognised(written(nn.Conv2d(3, 3, 1), tmp_path / "w.pt"))


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="'studnet' is unknown; did you mean student"):
        architectures.new("studnet", 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_depths_hold_every_layer_once_and_the_description_its_parameters(name: str) -> None:
    net = architectures.new(name, 1)
    prefixes = [prefix for depth in architectures.depths(name) for prefix in depth]
    assert all(sum(key.startswith(prefix) for prefix in prefixes) == 1 for key, _ in net.named_parameters())
    assert f"{sum(p.numel() for p in net.parameters()):,} parameters" in architectures.TOLD[name]
