"""Train the base generator that ships, with the pipeline itself: `make base PHOTOS=folder`.

Usage: python -m recipes.run --photos FOLDER [--overlay recipes/base.yaml]

A working copy in .work/base gets params.yaml with the overlay and the folder over it, and runs `dvc repro finetune`
there; a second call goes on from the last checkpoint. The result becomes data/models/base.safetensors (FP16) and
base.json.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
import yaml

from tasks.core.errors import UserError
from tasks.core.manifest import write_json
from tasks.core.shards import file_digest
from tasks.core.stage import log, start
from tasks.deploy.export import save_weights
from tasks.nets.generator import load_weights

WORK = Path(".work/base")
COPIED = ("tasks", "data/models", "data/sources", "dvc.yaml")
BASE = Path("data/models/base.safetensors")
LICENCE = "MIT; the photos it was trained on have unclear rights: research"
Values = dict[str, Any]


def overlaid(below: Values, above: Values) -> Values:
    """`above` over `below`, section by section and key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = overlaid(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def working_copy(work: Path, overlay: Path, photos: Path) -> None:
    """Refresh the copy's code and parameters; what it has computed so far stays."""
    if not photos.is_dir():
        raise UserError(f"--photos {photos} is no folder; name the folder of photos to train on")
    for name in COPIED:
        source, target = Path(name), work / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    batch = {"kind": "folder", "path": str(photos.resolve()), "role": "photo", "batch": "photos"}
    below, above = (yaml.safe_load(path.read_text()) for path in (Path("params.yaml"), overlay))
    values = overlaid(overlaid(below, above), {"ingest": {"sources": [batch]}})
    (work / "params.yaml").write_text(yaml.safe_dump(values))


def reproduce(work: Path) -> None:
    """Run the pipeline up to the training in the copy; raises UserError when a stage fails."""
    dvc = [sys.executable, "-m", "dvc"]
    if not (work / ".dvc").is_dir():
        subprocess.run([*dvc, "init", "--no-scm", "--quiet"], cwd=work, check=True)
    if subprocess.run([*dvc, "repro", "finetune"], cwd=work, check=False).returncode:
        raise UserError(f"training stopped (see above); mend the cause and repeat, it goes on from {work}")


def ship(work: Path) -> None:
    """Bring the trained weights home in half precision, with a card."""
    made = work / "data/finetune"
    card = json.loads((made / "card.json").read_text())
    save_weights(load_weights(made / "generator.safetensors"), BASE, torch.float16)
    history = (made / "history.csv").read_text().splitlines()
    kept = {key: card[key] for key in ("architecture", "bf16", "init", "loss_encoder", "params", "scores", "torch")}
    data = {"pairs": card["pairs"], "photos": "selfies of 256 px, rights unclear: research", "style": "cel filter"}
    digests = {"sha256": file_digest(BASE), "trained_sha256": file_digest(made / "generator.safetensors")}
    steps = {"steps": len(history) - 1, "last": dict(zip(history[0].split(","), history[-1].split(","), strict=True))}
    write_json(BASE.with_suffix(".json"), {**kept, **digests, "data": data, "licence": LICENCE, "training": steps})


def main() -> None:
    """Copy, train, ship."""
    parser = argparse.ArgumentParser(prog="python -m recipes.run")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--overlay", type=Path, default=Path("recipes/base.yaml"))
    options = parser.parse_args()
    working_copy(WORK, options.overlay, options.photos)
    reproduce(WORK)
    ship(WORK)
    log.info("base: %s and its card are new", BASE)


if __name__ == "__main__":
    start(main)
