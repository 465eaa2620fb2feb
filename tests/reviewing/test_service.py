"""The service as other programs meet it: the real command, killed in the midst of decisions."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import cli, reviewing
from tasks import review
from tasks.core.errors import UserError
from tasks.reviewing import decisions
from tasks.web import door
from tests.conftest import ROOT
from tests.reviewing.collection import collection, pair_of

Running = tuple[subprocess.Popen[str], str]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """`selfie2anime review` in a small project; the process and the page's address."""
    monkeypatch.delenv(door.VARIABLE, raising=False)
    collection(tmp_path, photos=300, drawings=1)
    command = [sys.executable, "-m", "flows.cli", "review", "--reviewer", "ada", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process, process.stdout.readline().split()[0]
        process.kill()


def post(address: str, **said: str) -> Any:
    data, headers = json.dumps(said).encode(), {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=60) as answer:
        return json.load(answer)


def test_a_kill_loses_no_decision_that_was_answered(running: Running, tmp_path: Path) -> None:
    process, address = running
    stored: list[str] = []
    with pytest.raises((OSError, http.client.HTTPException)):  # cut before, or in the midst of an answer
        for photo in range(300):
            if photo == 20:
                threading.Timer(0.05, process.send_signal, [signal.SIGKILL]).start()
            stored.append(post(f"{address}decisions", kind="pair", of=pair_of(photo, 0), act="accept")["of"])
        process.wait(60)
        post(address)
    kept = [decision.of for decision in decisions.read(tmp_path / "data/reviews/ada.jsonl")]
    assert len(stored) >= 20
    assert kept[: len(stored)] == stored
    assert len(kept) - len(stored) <= 1, "one may be stored and not answered"


def test_what_cannot_be_decided_is_answered_in_words_and_not_stored(running: Running, tmp_path: Path) -> None:
    _, address = running
    for said, fault in (
        ({"kind": "pair", "of": "../../etc/passwd", "act": "accept"}, "is not up for review"),
        ({"kind": "pair", "of": pair_of(0, 0), "act": "undo"}, "use accept, reject, skip"),
        ({"kind": "pair", "of": pair_of(0, 0), "act": "reject", "value": "<b>"}, "'<b>' is no reason; use pose"),
        ({"kind": "label", "of": f"{0:016x}-0/hair", "act": "accept", "value": "bleu"}, "did you mean blue?"),
        ({"kind": "face", "of": "x", "act": "accept"}, "Input should be 'pair' or 'label'"),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(f"{address}decisions", **said)
        assert 400 <= refused.value.code < 500
        assert fault in refused.value.read().decode()
        refused.value.close()
    with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=60) as head:
        assert head.status == 200
    for path in ("faces/%C3%A4", "faces/..%2f..%2fparams.yaml", "faces/0", "review.html", "openapi.json", "docs"):
        with pytest.raises(urllib.error.HTTPError, match="404") as lacking:
            urllib.request.urlopen(address + path, timeout=60)
        lacking.value.close()
    assert (tmp_path / "data/reviews/ada.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "data/label.parquet is missing; `dvc repro` makes it"),
        (["--reviewer", ""], "--reviewer is ''; use up to 40 letters"),
        (["--reviewer", "../x"], "--reviewer is '../x'; use up to 40 letters"),
        (["--overlap", "2"], "--overlap is 2.0; use a share of 0 to 1"),
        (["--port", "70000"], "--port is 70000; use 1 to 65535"),
    ],
)
def test_a_mistake_ends_with_exit_code_2_and_one_line(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.guarded(cli.parser().parse_args(["review", "--reviewer", "ada", *options])) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_page_that_cannot_be_shown_begins_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    collection(tmp_path)
    with door.listening("127.0.0.1", 0) as taken, pytest.raises(UserError, match="nothing can listen at"):
        review.review(review.Request("ada", port=taken.getsockname()[1]))
    assert not decisions.LIVE.exists()


def test_a_user_without_a_login_name_says_who_reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(UserError, match="say who reviews with --reviewer NAME"):
        reviewing.perform(cli.parser().parse_args(["review"]))
