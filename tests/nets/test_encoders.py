from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from tasks.core.errors import UserError
from tasks.core.image import decode
from tasks.losses.identity import identity_loss
from tasks.nets.encoders import open_loss_encoder
from tasks.nets.generator import Generator
from tasks.nets.identity import IdentityNet, load_identity

ARC = torch.tensor([[[1.02, 0.21, -28.0], [-0.21, 1.02, 6.0]]])  # a 128-pixel crop to the 112 template


def noise(size: int) -> Tensor:
    coarse = torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(size)) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size, mode="bilinear")


def reaches_the_generator(name: str) -> float:
    """The norm of the identity loss's gradient at the generator's first convolution."""
    torch.manual_seed(0)
    generator, encoder = Generator(), open_loss_encoder(name)
    photos = noise(128)
    loss = identity_loss(encoder, generator(photos), photos, ARC).sum()
    torch.autograd.backward(loss)
    gradient = generator.get_parameter("block_a.0.1.weight").grad
    assert gradient is not None
    assert 0 < loss.item() <= 2
    assert not [p for p in encoder.net.parameters() if p.grad is not None]
    return float(gradient.norm())


def test_the_embedded_encoder_s_gradient_reaches_the_generator() -> None:
    assert reaches_the_generator("embedded") > 1e-6


@pytest.mark.parametrize("name", ["mobilefacenet_112", "mobilefacenet_insightface_112"])
def test_an_onnx_encoder_s_gradient_reaches_the_generator(models_dir: Path, name: str) -> None:
    assert models_dir.is_dir()
    assert reaches_the_generator(name) > 1e-6


@pytest.mark.parametrize("name", ["mobilefacenet_112", "mobilefacenet_insightface_112"])
def test_an_onnx_encoder_knows_its_own_normalisation(models_dir: Path, shared_data: Path, name: str) -> None:
    from tasks.faces.backend import open_encoder
    from tasks.faces.onnx_encoder import OnnxEncoder

    image = decode((shared_data / "identities/George_W_Bush/George_W_Bush_0001.jpg").read_bytes())
    crop = np.asarray(cv2.resize(image, (112, 112)), np.uint8)
    scored = open_encoder(name)
    assert isinstance(scored, OnnxEncoder) and models_dir.is_dir()
    with torch.no_grad():
        ours = open_loss_encoder(name).embed(torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 127.5 - 1)[0]
    torch.testing.assert_close(ours, torch.from_numpy(scored.embed_crop(crop)), atol=1e-4, rtol=0)


def test_an_encoder_goes_to_a_device_whole(models_dir: Path) -> None:
    assert models_dir.is_dir()
    for name in ("embedded", "mobilefacenet_insightface_112"):
        vectors = open_loss_encoder(name).to("meta").embed(torch.zeros(2, 3, 112, 112, device="meta"))
        assert vectors.is_meta and len(vectors) == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [("mobilefacenet_122", "did you mean mobilefacenet_112"), ("nowhere/net.onnx", "net.onnx does not exist")],
)
def test_an_unknown_encoder_is_refused_with_what_to_do(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        open_loss_encoder(name)


def test_a_licence_policy_refuses_an_encoder_by_name(models_dir: Path) -> None:
    assert models_dir.is_dir()
    with pytest.raises(UserError, match="refuses mobilefacenet_insightface_112"):
        open_loss_encoder("mobilefacenet_insightface_112", "commercial")


def test_a_licence_policy_refuses_the_embedded_net_and_a_file_of_refused_bytes(models_dir: Path) -> None:
    with pytest.raises(UserError, match=r"refuses embedded .*identity_encoder: sface"):
        open_loss_encoder("embedded", "commercial")
    with pytest.raises(UserError, match="refuses mobilefacenet_insightface_112"):
        open_loss_encoder(str(models_dir / "mobilefacenet_insightface_112.onnx"), "commercial")


def test_the_embedded_net_is_small_and_gives_unit_vectors() -> None:
    net = IdentityNet().eval()
    assert sum(t.numel() for t in net.state_dict().values()) * 2 <= 1.5e6
    vectors = net(torch.rand(2, 3, 112, 112) * 2 - 1)
    assert vectors.shape == (2, 128)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))


def test_missing_or_foreign_identity_weights_name_the_remedy(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "identity.safetensors"
    with pytest.raises(UserError, match="make identity"):
        load_identity(path)
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(UserError, match="git checkout"):
        load_identity(path)
