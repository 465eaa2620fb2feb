"""Make the judged generator a release: its files under a name in data/releases, to hold the next one against.

Only what passed its gate, and only the very file that was judged. A release is whole or absent, and never changed.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tasks.core import params, shards
from tasks.core.errors import UserError, require
from tasks.core.stage import log
from tasks.evaluate import OUT, REPORTS, Params
from tasks.judging.models import EVALUATION
from tasks.styles.trained import folder

RELEASES = Path("data/releases")
GATE, METRICS = REPORTS / "gate.json", REPORTS / "metrics.json"
KEPT = ("generator*.onnx", "generator.safetensors", "card.json")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def promote(name: str, anyway: bool = False) -> Path:
    """The new release's folder; `anyway`: also where the gate failed, which the release's own gate.json goes on saying.

    Raises UserError for a name that is taken or is none, a gate that failed, and a generator that was not judged.
    """
    require(_NAME.fullmatch(name) is not None, f"{name!r} is no name; use letters, digits, dots, - and _, up to 64")
    place = RELEASES / name
    require(not place.exists(), f"{place} is there already, and a release is never changed; use another name")
    made = folder(params.load("evaluate", Params).model, "evaluate.model")
    check(verdict(), made / "generator.onnx", anyway)
    RELEASES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RELEASES, prefix=".") as part:
        inside = Path(part) / name
        inside.mkdir()
        for file in sorted(file for pattern in KEPT for file in made.glob(pattern)):
            shutil.copy(file, inside / file.name)
        shutil.copy(OUT, inside / EVALUATION)
        for file in (GATE, METRICS):
            shutil.copy(file, inside / file.name)
        inside.replace(place)
    log.info("promote: %s holds %d files", place, len(list(place.iterdir())))
    return place


def verdict() -> dict[str, Any]:
    """What evaluate said last; UserError where it said nothing yet."""
    for file in (GATE, METRICS, OUT):
        require(file.is_file(), f"{file} is missing; `dvc repro evaluate` makes it")
    found: dict[str, Any] = json.loads(GATE.read_text())
    return found


def check(said: dict[str, Any], generator: Path, anyway: bool) -> None:
    """Raise UserError unless this very generator was judged and passed."""
    require(generator.is_file(), f"{generator} is missing; `dvc repro` makes it")
    judged = said.get("generator") == shards.file_digest(generator)
    require(judged, f"{GATE} is about another generator than {generator}; run `dvc repro evaluate` first")
    if said["verdict"] == "pass" or anyway:
        return
    failed = [f"{line['score']} {line['slice']} is {line['value']}, must be {line['limit']}".replace("  ", " ")
              for line in said["findings"] if line["outcome"] in ("fail", "unmeasured")]  # fmt: skip
    raise UserError(f"the gate failed: {'; '.join(failed)}. Train on, change evaluate.gate, or promote with --anyway")
