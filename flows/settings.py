"""What Prefect and DVC are told before they start: offline, quiet, and nothing outside the project."""

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

HOME = "PREFECT_HOME"
API = "PREFECT_API_URL"

_SILENT = {  # nobody is called, nothing is reported
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "1",
}
_QUIET = {  # the flows print their own lines; Prefect keeps a copy of each for its pages
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
}


def settle(root: Path, env: MutableMapping[str, str] = os.environ) -> None:
    """Set what the user has not set. Prefect reads these at import, so this comes before any import of it."""
    env.setdefault(HOME, str(root.resolve() / ".prefect"))
    for name, value in (_SILENT | _QUIET).items():
        env.setdefault(name, value)
    for name, value in _SILENT.items():
        env[name] = env[name] or value  # set but empty means unset


def home() -> Path:
    """The folder of Prefect's database and of what the flows remember between runs."""
    return Path(os.environ[HOME])


def child_env() -> dict[str, str]:
    """The environment of a stage: `python` and `dvc` are those of this interpreter, output comes line by line."""
    here = str(Path(sys.executable).parent)
    return {
        **os.environ,
        **_SILENT,
        "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "120",
    }
