import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flows import server, settings


def test_what_is_not_set_is_set_so_that_nobody_is_called_and_nothing_leaves_the_project(tmp_path: Path) -> None:
    env = {"DO_NOT_TRACK": ""}
    settings.settle(tmp_path, env)
    assert env["PREFECT_HOME"] == str(tmp_path / ".prefect")
    assert env["DO_NOT_TRACK"] == env["DVC_NO_ANALYTICS"] == "1"
    assert env["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_what_the_user_has_set_stays(tmp_path: Path) -> None:
    env = {"PREFECT_HOME": "/srv/prefect", "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG"}
    settings.settle(tmp_path, env)
    assert env["PREFECT_HOME"] == "/srv/prefect"
    assert env["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] == "DEBUG"


def test_a_server_that_the_user_names_and_nobody_runs_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.HOME, str(tmp_path))
    monkeypatch.setenv(settings.API, "http://127.0.0.1:9/api")
    with server.running() as api, pytest.raises(server.ServerError, match=r"127\.0\.0\.1:9.*unset PREFECT_API_URL"):
        api.await_ready()


def test_nobody_else_gets_the_port_before_the_server_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.HOME, str(tmp_path))
    monkeypatch.delenv(settings.API, raising=False)
    with server.running() as api, socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", urlsplit(api.url).port))


def test_a_server_that_cannot_start_is_an_error_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.HOME, str(tmp_path))
    monkeypatch.delenv(settings.API, raising=False)
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    with server.running() as api, pytest.raises(server.ServerError, match=r"ended at once: .*server\.log"):
        api.await_ready()
