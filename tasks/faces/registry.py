"""The models the project knows (models.yaml), where they lie, and how they get there.

Looked up in the folder that SELFIE2ANIME_MODELS names, then in data/models, then downloaded. Every file that is used
has the digest the registry gives, wherever it came from.
"""

import hashlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import yaml

from tasks.core.errors import UserError, nearest
from tasks.faces.download import download

Commercial = Literal["yes", "no", "check"]

VARIABLE = "SELFIE2ANIME_MODELS"
FOLDER = Path("data/models")


@dataclass(frozen=True)
class Model:
    """One entry of models.yaml, whose head says what each field means."""

    name: str
    file: str
    kind: str
    licence: str
    commercial: Commercial
    size: int | None = None
    sha256: str | None = None
    git_blob: str | None = None
    repo: str | None = None
    path: str | None = None
    lfs: bool = False
    archive: str | None = None
    package: str | None = None
    origin: str | None = None
    recipe: str | None = None
    without: str | None = None

    @property
    def url(self) -> str | None:
        """Where the file, or the archive that holds it, is served; None for what nobody serves."""
        if self.archive or not self.repo:
            return self.archive
        repo, commit = self.repo.split("@")
        if self.lfs:
            return f"https://media.githubusercontent.com/media/{repo}/{commit}/{self.path}"
        return f"https://github.com/{repo}/raw/{commit}/{self.path}"

    @property
    def source(self) -> str:
        """In words, for lists and messages."""
        if self.package:
            return f"the Python package {self.package}"
        if self.recipe:
            return f"trained here: {(FOLDER / self.file).with_suffix('.json')}"
        return self.url or f"converted from {self.origin}"

    @property
    def digest(self) -> str:
        """What its bytes must be: 'sha256:...' or 'git:...'."""
        return f"sha256:{self.sha256}" if self.sha256 else f"git:{self.git_blob}"


@cache
def models() -> dict[str, Model]:
    """Every entry by name, in the order of models.yaml."""
    entries = yaml.safe_load(Path(__file__).with_name("models.yaml").read_text())
    return {name: Model(name=name, **entry) for name, entry in entries.items()}


def model(name: str) -> Model:
    """The entry of that name; UserError naming the nearest one otherwise."""
    if name not in models():
        raise UserError(f"model {name!r} is not in the registry; {nearest(name, list(models()))}")
    return models()[name]


def find(name: str) -> Path | None:
    """The file at hand with the right digest, None when there is none; UserError when its digest is wrong.

    One with a recipe is taken as it is.
    """
    entry = model(name)
    for folder in _folders(entry):
        path = folder / entry.file
        if path.is_file():
            if not entry.recipe:  # what was trained here may have been trained anew
                check(path, entry)
            return path
    return None


def fetch(name: str, licence: str = "any") -> Path:
    """The file, downloaded into data/models when it is not at hand.

    Raises UserError when the licence policy refuses the model, when its bytes are wrong, and when it can neither be
    found nor downloaded.
    """
    entry = model(name)
    allow(entry, licence)
    path = find(name)
    if path:
        return path
    if not entry.url:
        raise UserError(f"model {name} is not at hand and nobody serves it ({entry.source}); {_remedy(entry)}")
    target = FOLDER / entry.file
    download(
        entry.url, target, lambda part: check(part, entry, "try again later"), entry.path if entry.archive else None
    )
    return target


def find_allowed(name: str, licence: str) -> Path | None:
    """The file at hand, None when there is none or when the licence policy refuses it: for what may be missing."""
    return find(name) if allowed(model(name), licence) else None


def first(names: Sequence[str], licence: str) -> str:
    """The first model that is at hand and allowed, else the first that is allowed, else the first: what to fetch."""
    permitted = [name for name in names if allowed(model(name), licence)]
    return next((name for name in permitted if find(name)), (permitted or names)[0])


def allowed(entry: Model, licence: str) -> bool:
    """Whether the policy ('any' or 'commercial') admits the model."""
    return licence != "commercial" or entry.commercial == "yes"


def allow(entry: Model, licence: str) -> None:
    """UserError, with the alternatives by name, unless the policy admits the model."""
    if allowed(entry, licence):
        return
    raise UserError(
        f"params.yaml: faces.licence is 'commercial', which refuses {entry.name} (licence: {entry.licence}; "
        f"commercial use: {entry.commercial}); {', or '.join(_instead(entry))}, or set faces.licence: any"
    )


def allow_file(path: Path, licence: str) -> None:
    """UserError where these very bytes are a model that the policy refuses; of any other file its owner knows."""
    for entry in models().values():
        if not allowed(entry, licence) and entry.digest == file_digest(path, "sha256" if entry.sha256 else "git"):
            allow(entry, licence)


def check(path: Path, entry: Model, remedy: str = "delete the file and run again") -> None:
    """UserError, with both digests, unless the file is what the registry says."""
    found = file_digest(path, "sha256" if entry.sha256 else "git")
    if found != entry.digest:
        raise UserError(
            f"{path}: {entry.name} has digest {found}, not {entry.digest} ({path.stat().st_size} bytes); "
            f"{remedy}, or {_remedy(entry)}"
        )


def file_digest(path: Path, kind: Literal["sha256", "git"] = "sha256") -> str:
    """'sha256:...', or 'git:...' for the blob id; remembered while size and time of the file stay."""
    state = path.stat()
    return f"{kind}:{_digest(path, kind, state.st_size, state.st_mtime_ns)}"


@lru_cache(maxsize=256)
def _digest(path: Path, kind: str, size: int, _time: int) -> str:
    digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _instead(entry: Model) -> list[str]:
    """What to take in place of a model that is refused."""
    others = [other.name for other in models().values() if other.kind == entry.kind and other.commercial == "yes"]
    found = [f"for commercial use: {', '.join(others)}"] if others else []
    found += [f"train it on photos of your own with `{entry.recipe}`"] if entry.recipe else []
    found += [f"set {entry.without}"] if entry.without else []
    return found or [f"no other {entry.kind} model is known"]


def _folders(entry: Model) -> Iterator[Path]:
    if os.environ.get(VARIABLE):
        yield Path(os.environ[VARIABLE])
    yield FOLDER
    # Found, never imported: face_recognition_models asks for pkg_resources, which newer setuptools do not have.
    spec = importlib.util.find_spec(entry.package) if entry.package else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield Path(place) / "models"


def _remedy(entry: Model) -> str:
    return f"put the right {entry.file} in {FOLDER} or in the folder that {VARIABLE} names"
