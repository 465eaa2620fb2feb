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
from tasks.evaluate import OUT, RELEASES, REPORTS, Params
from tasks.judging.gate import STOPS
from tasks.judging.models import EVALUATION
from tasks.styles.trained import folder

GATE, METRICS = REPORTS / "gate.json", REPORTS / "metrics.json"
KEPT = ("generator*.onnx", "generator.safetensors", "card.json")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def promote(name: str, anyway: bool = False) -> Path:
    """The new release's folder; `anyway`: also where the gate failed, which the release's own gate.json goes on saying.

    Raises UserError for a name that is taken or is none, a generator that was not judged, and a gate that failed or
    rests on too little.
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
    reason = against(said)
    if reason and not anyway:
        raise UserError(f"{reason}, or promote with --anyway")


def against(said: dict[str, Any]) -> str:
    """What speaks against a release, with a remedy; empty where nothing does."""
    failed = [f"{line['score']} {line['slice']} is {line['value']}, must be {line['limit']}".replace("  ", " ")
              for line in said["findings"] if line["outcome"] in STOPS]  # fmt: skip
    if failed:
        return f"the gate failed: {'; '.join(failed)}. Train on, change evaluate.gate"
    if said["verdict"] == "none":
        return "evaluate.gate sets no limit; set some"
    if said["split"] == "train":
        return "it was judged on people whom its training saw; set evaluate.split to test"
    if said["few"]:
        return f"it was judged on {said['faces']} faces of {said['people']} people only; add people"
    former = any(path.is_dir() for path in RELEASES.glob("[!.]*"))
    if former and any(line["than"] == "release" and line["outcome"] == "absent" for line in said["findings"]):
        return f"it was held against no release, and there is one in {RELEASES}; name it in evaluate.release"
    return ""
