"""The studio as a process that a person starts, kills and starts without what it needs."""

import http.client
import re
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.studio import Request, serve
from tasks.trying import folder
from tests.styles.drawing import darkening

ROOT = Path(__file__).parents[1]
# Its folder is this test's own: other studios of this machine may start meanwhile.
SCRIPT = """
import sys
from pathlib import Path
from tasks.trying import folder
folder.MEMORY = Path(sys.argv[1])
from flows import cli
cli.LAST_MOMENT = 60  # seconds: a busy machine may need some to tidy up
cli.main(["studio", "--port", "0", "--host", sys.argv[2]])
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one generator."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    darkening(tmp_path / "data/finetune/generator.onnx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("SELFIE2ANIME_TOKEN", raising=False)
    return tmp_path


def started(memory: Path, host: str) -> "tuple[subprocess.Popen[str], str]":
    memory.mkdir(exist_ok=True)
    words = [sys.executable, "-c", SCRIPT, str(memory), host]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline()


def status(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_another_address_needs_a_token_and_a_killed_studio_leaves_nothing_once_the_next_has_begun(
    project: Path,
) -> None:
    pytest.importorskip("gradio")
    memory = project / "memory"
    process, line = started(memory, "0.0.0.0")
    port, token = re.findall(r":(\d+)/\?token=(\S+)", line)[0]
    paths = ("/", "/looks/key/after", "/gradio_api/info")
    assert [status(int(port), path) for path in paths] == [401] * 3
    assert status(int(port), f"/looks/key/after?token={token}") == 200  # the way in: it sets the cookie
    (left,) = memory.glob(f"{folder.PREFIX}*/")
    (left / folder.UPLOADS / "photo.png").write_bytes(b"a face")
    process.kill()
    process.communicate()
    assert left.exists()
    process, _ = started(memory, "127.0.0.1")
    assert not left.exists()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert [path.name for path in memory.iterdir()] == [f"{folder.PREFIX}lock"]


def test_without_gradio_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(UserError, match=re.escape("pip install '.[studio]'")):
        serve(Request())


def test_without_a_generator_it_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gradio")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no generator is at hand; `selfie2anime retrain` makes one"):
        serve(Request())


def test_the_command_s_help_loads_no_gradio() -> None:
    script = "import sys, flows.cli, flows.trying, tasks.studio; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
