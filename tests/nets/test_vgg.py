from pathlib import Path

import pytest
import torch

from tasks.core.errors import UserError
from tasks.nets.gabor import Gabor
from tasks.nets.vgg import Vgg, find_vgg, load_vgg, open_features


def test_four_depths_of_features_under_torchvision_s_names(tmp_path: Path) -> None:
    torch.manual_seed(0)
    vgg = Vgg()
    names = {name for name in vgg.state_dict() if name.endswith("weight")}
    assert names == {f"features.{i}.weight" for i in (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25)}
    torch.save(vgg.state_dict() | {"classifier.0.weight": torch.zeros(1)}, tmp_path / "vgg19.pth")
    features = load_vgg(tmp_path / "vgg19.pth")(torch.zeros(1, 3, 32, 32))
    assert [tuple(f.shape[1:]) for f in features] == [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4)]


def test_absent_weights_leave_the_perceptual_loss_to_the_discriminator_and_style_to_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SELFIE2ANIME_MODELS", raising=False)
    assert find_vgg() is None
    assert isinstance(open_features(), Gabor)


def test_another_file_is_refused(tmp_path: Path) -> None:
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "vgg19.pth")
    with pytest.raises(UserError, match="holds no VGG19"):
        load_vgg(tmp_path / "vgg19.pth")
