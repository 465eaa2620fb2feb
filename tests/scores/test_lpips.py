import re
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tasks.core.errors import UserError
from tasks.faces import registry
from tasks.scores.lpips import Lpips, find_lpips, load_lpips, lpips, missing
from tests.scores.pictures import photo, plain, spoiled

SHAPES = {0: (64, 3, 11, 11), 3: (192, 64, 5, 5), 6: (384, 192, 3, 3), 8: (256, 384, 3, 3), 10: (256, 256, 3, 3)}
# Of the package lpips 0.1.4 with the weights below.
PACKAGE = {"noise": 0.1015259251, "blur": 0.0768909305, "shift": 0.1619206518}
Weights = dict[str, torch.Tensor]


def drawn() -> tuple[Weights, Weights]:
    """Weights at random: of AlexNet's convolutions, and how much each of their channels counts."""
    rng = np.random.default_rng(0)
    features = {}
    for number, shape in SHAPES.items():
        spread = np.sqrt(2 / np.prod(shape[1:]))
        features[f"features.{number}.weight"] = torch.tensor(rng.normal(0, spread, shape), dtype=torch.float32)
        features[f"features.{number}.bias"] = torch.tensor(rng.normal(0, 0.01, shape[0]), dtype=torch.float32)
    counts = [(f"lin{depth}.model.1.weight", shape[0]) for depth, shape in enumerate(SHAPES.values())]
    return features, {name: torch.from_numpy(rng.random((1, width, 1, 1)).astype(np.float32)) for name, width in counts}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("lpips")
    features, linear = drawn()
    torch.save(features | {"classifier.1.weight": torch.zeros(1)}, folder / "alexnet.pth")
    torch.save(linear, folder / "linear.pth")
    return folder / "alexnet.pth", folder / "linear.pth"


@pytest.fixture(scope="module")
def net(files: tuple[Path, Path]) -> Lpips:
    return load_lpips(*files)


@pytest.mark.parametrize(("how", "expected"), PACKAGE.items())
def test_the_value_is_the_one_of_the_authors_package(net: Lpips, how: str, expected: float) -> None:
    assert lpips(net, photo(), spoiled(how)) == pytest.approx(expected, abs=1e-6)


def convolved(
    x: NDArray[np.float64], weight: torch.Tensor, bias: torch.Tensor, step: int, rim: int
) -> NDArray[np.float64]:
    """A convolution written out and its ReLU: c x h x w -> d x h' x w'."""
    padded = np.pad(x, ((0, 0), (rim, rim), (rim, rim)))
    side = weight.shape[-1]
    views = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(1, 2))[:, ::step, ::step]
    summed = np.einsum("chwij,dcij->dhw", views, weight.double().numpy(), optimize=True)
    return np.asarray(np.maximum(summed + bias.double().numpy()[:, None, None], 0))


def pooled(x: NDArray[np.float64]) -> NDArray[np.float64]:
    views = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))[:, ::2, ::2]
    return np.asarray(views.max(axis=(3, 4)))


def by_the_paper(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    """Equation 1 of the paper in float64, the pictures in -1..1."""
    features, linear = drawn()
    shift, scale = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    x, y = (((image / 127.5 - 1 - shift) / scale).transpose(2, 0, 1) for image in (one, two))
    total = 0.0
    for depth, number in enumerate(SHAPES):
        weight, bias = features[f"features.{number}.weight"], features[f"features.{number}.bias"]
        step, rim = (4, 2) if depth == 0 else (1, SHAPES[number][-1] // 2)
        x, y = (convolved(pooled(z) if depth in (1, 2) else z, weight, bias, step, rim) for z in (x, y))
        gap = x / np.linalg.norm(x, axis=0) - y / np.linalg.norm(y, axis=0)
        counts = linear[f"lin{depth}.model.1.weight"].double().numpy().reshape(-1, 1, 1)
        total += float((gap**2 * counts).sum(axis=0).mean())
    return total


def test_the_value_is_the_one_of_the_paper_written_out(net: Lpips) -> None:
    small, other = photo()[96:160, 96:160], spoiled("noise")[96:160, 96:160]
    assert lpips(net, small, other) == pytest.approx(by_the_paper(small, other), abs=1e-6)


def test_equal_pictures_are_at_no_distance(net: Lpips) -> None:
    assert lpips(net, photo(), photo()) == 0
    assert lpips(net, plain(0), plain(0)) == 0


def test_several_pictures_are_judged_as_each_by_itself(net: Lpips) -> None:
    one, two = (torch.from_numpy(x.transpose(2, 0, 1).copy())[None] / 127.5 - 1 for x in (photo(), spoiled("blur")))
    together = net(torch.cat([one, two]), torch.cat([two, two]))
    assert together.tolist() == pytest.approx([lpips(net, photo(), spoiled("blur")), 0], abs=1e-6)


def test_small_pictures_are_refused(net: Lpips) -> None:
    with pytest.raises(ValueError, match="one size of 64 or more"):
        lpips(net, plain(0, 63), plain(0, 63))


def test_what_is_not_at_hand_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(registry.VARIABLE, str(tmp_path))
    assert find_lpips() is None
    assert missing() == ["alexnet", "lpips_alex"]


def test_weights_of_something_else_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(f"{files[1]} and {files[1]} are no LPIPS over AlexNet")):
        load_lpips(files[1], files[1])
    (tmp_path / "text.pth").write_text("text")
    with pytest.raises(UserError, match=r"text\.pth holds no weights"):
        load_lpips(files[0], tmp_path / "text.pth")
