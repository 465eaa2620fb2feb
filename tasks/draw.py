"""Draw pictures of one's own with a trained generator, outside the dataset: run as `selfie2anime stylize`.

What params.yaml says of `stylize` holds, and options go over it. Where nothing is trained yet, the base that ships with
the project draws. A file that cannot be drawn is told with its reason, and the others are drawn.
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import UnidentifiedImageError

from tasks.core import image, manifest, params, shards
from tasks.core.errors import UserError, require
from tasks.core.stage import log, progress
from tasks.faces.finder import Settings
from tasks.styles import credentials, trained
from tasks.styles.portrait import FAULTS, Artist, PhotoError
from tasks.styles.provenance import Provenance
from tasks.stylize import Params

AUTO, BASE = "auto", "base"
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".gif", ".bmp", ".heic", ".heif")
MAX_MEGAPIXELS = 100


@dataclass(frozen=True)
class Request:
    """What to draw, where to, with which generator; `settings` go over the `stylize` section of params.yaml."""

    files: tuple[Path, ...]  # pictures, and folders of them
    out: Path
    model: str = AUTO  # auto: the one of params.yaml, or the base | finetune | student | base | path of an .onnx file
    c2pa: bool = False  # sign what was drawn
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What was written, and which files could not be drawn and why."""

    written: tuple[Path, ...]
    refused: tuple[tuple[Path, str], ...]


def draw(request: Request) -> Outcome:
    """Draw every picture of the request into its folder; raises UserError for settings or a model that do not hold."""
    given = params.parse("stylize", (params.read().get("stylize") or {}) | dict(request.settings), Params)
    signer = credentials.signer() if request.c2pa else None
    named = targets(pictures(request.files), request.out, given.format)
    written, refused = [], []
    with generator(request.model, given) as (name, model):
        artist = Artist(model, params.load("faces", Settings), given.runtime)
        painter = Painter(given, artist, name, shards.file_digest(model), collected(), signer)
        log.info("stylize: %s draws %d pictures with %s", name, len(named), artist.runtime)
        for path in progress(list(named), "stylize"):
            try:
                data = painter.painted(path.read_bytes())
            except UnidentifiedImageError:
                refused.append((path, "no picture of a known format"))
                continue
            except (*FAULTS, PhotoError) as fault:
                refused.append((path, str(fault)))
                continue
            with manifest.whole(named[path]) as part:
                part.write_bytes(data)
            written.append(named[path])
    return Outcome(tuple(written), tuple(refused))


@dataclass(frozen=True)
class Painter:
    """Bytes of a picture -> bytes of its drawing."""

    given: Params
    artist: Artist
    name: str  # of the generator
    digest: str  # sha256 of its file
    known: frozenset[str] = frozenset()  # ids of the dataset's photos; of others a drawing names no source
    signer: Any = None

    def painted(self, data: bytes) -> bytes:
        """The finished drawing; raises OSError or ValueError for a broken file, PhotoError for what cannot be drawn."""
        kind = image.header(data)
        if kind.width * kind.height > MAX_MEGAPIXELS * 1_000_000:
            raise ValueError(f"{kind.width} x {kind.height} pixels; the limit is {MAX_MEGAPIXELS} megapixels")
        wanted = replace(self.given.wanted(self.artist.controlled), size=self.given.size)  # faces are cut out here
        made = self.artist.draft(image.decode(data), wanted).finished(self.given)
        name = hashlib.sha256(data).hexdigest()[:16]
        settings = asdict(self.given) | {"model": self.name}
        told = Provenance(self.name, self.digest, name if name in self.known else "", settings)
        drawing = image.encode(made, self.given.format, self.given.quality, told.packet())
        return credentials.signed(drawing, self.given.format, told, self.signer) if self.signer else drawing


def collected() -> frozenset[str]:
    """The ids of the dataset's pictures; none where nothing was ingested."""
    return frozenset(manifest.read_all(Path("data/ingest"), manifest.INGEST, ["id"])["id"].to_pylist())


def pictures(given: Sequence[Path]) -> list[Path]:
    """The files, and of folders the pictures in them and in what lies in these, each once.

    Raises UserError for a path that is neither, and for a folder without pictures.
    """
    found: dict[Path, None] = {}
    for path in given:
        require(path.exists(), f"{path} is neither a picture nor a folder")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        some = [each for each in inside if each == path or (each.is_file() and each.suffix.lower() in ENDINGS)]
        require(bool(some), f"{path} holds no picture; known endings: {', '.join(ENDINGS)}")
        found |= dict.fromkeys(some)
    return list(found)


def targets(files: Sequence[Path], out: Path, form: str) -> dict[Path, Path]:
    """Where each drawing goes: the picture's name with the format's ending, the whole name before it where two clash.

    Raises UserError where a drawing would take a picture's place.
    """
    stems = Counter(path.stem for path in files)
    named = {path: out / f"{path.stem if stems[path.stem] == 1 else path.name}.{form}" for path in files}
    first = {target: path for path, target in reversed(named.items())}
    twice = next(((first[target], path) for path, target in named.items() if first[target] != path), None)
    if twice:
        raise UserError(f"{twice[0]} and {twice[1]} have one name; draw them into two folders")
    own = {path.resolve() for path in files}
    lost = [target for target in named.values() if target.resolve() in own]
    require(not lost, f"--out {out} would write over {lost[0] if lost else ''}; name another folder")
    return named


@contextmanager
def generator(model: str, given: Params) -> Iterator[tuple[str, Path]]:
    """The generator's name and ONNX file; the shipped base's is made for the block's time."""
    name = given.model if model == AUTO else model
    if name.endswith(".onnx"):
        yield Path(name).stem, Path(name)
        return
    path = None if name == BASE else trained.generator(name, "--model", given.eight_bits)
    if path and (path.is_file() or model != AUTO):
        require(path.is_file(), f"{path} is missing; `selfie2anime retrain` makes it, or name --model base")
        yield name, path
        return
    with exported() as shipped:
        yield BASE, shipped


@contextmanager
def exported() -> Iterator[Path]:
    """The base that ships with the project, as an ONNX file in a temporary folder, its weights beside it."""
    from tasks.deploy.export import save_onnx  # torch: two seconds that a trained generator does not cost
    from tasks.nets import architectures

    weights = trained.BASES["animeganv2"]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "generator.onnx"
        save_onnx(architectures.load(architectures.recognised(weights), weights), path)
        shutil.copy(weights, path.with_name("generator.safetensors"))
        yield path
