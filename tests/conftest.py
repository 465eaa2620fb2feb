"""What every test can rely on: a core of its own, the same draws in any order, and folders that a machine may lack.

Without such a folder a test is skipped, under CI=true it fails.
"""

import os
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Threads that wait for one another burn the cores of the workers beside: told before torch and NumPy come.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // int(workers), 1)))

# The same examples on every machine, however long it takes over one.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

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


def pytest_runtest_setup() -> None:
    """Draw the same numbers in a test whichever tests the process ran before."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:  # whose import takes a second, which most files alone need not wait
        sys.modules["torch"].manual_seed(0)


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
