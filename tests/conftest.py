"""Folders that tests may need and a machine may lack: without them a test is skipped, under CI=true it fails."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
MODELS = ROOT / (os.environ.get("SELFIE2ANIME_MODELS") or SHARED / "models")


def _folder(path: Path, what: str) -> Path:
    if path.is_dir():
        return path
    message = f"{what} is not at {path}; set SELFIE2ANIME_MODELS to a models folder, with data/ beside it"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def models_dir(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder, and SELFIE2ANIME_MODELS pointing to it from any working directory."""
    folder = _folder(MODELS, "the models folder").resolve()
    monkeypatch.setenv("SELFIE2ANIME_MODELS", str(folder))
    return folder


@pytest.fixture
def shared_data() -> Path:
    """The folder of real photographs and drawings."""
    return _folder(SHARED / "data" if SHARED.is_dir() else MODELS.parent / "data", "the folder of images").resolve()
