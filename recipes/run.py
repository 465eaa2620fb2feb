"""Train a generator that ships, with the pipeline itself: `make base PHOTOS=folder`, `make student PHOTOS=folder`.

Usage: python -m recipes.run NAME --photos FOLDER

NAME is base or student. A working copy in .work/NAME gets params.yaml with recipes/NAME.yaml and the folder over it,
and runs `dvc repro finetune` there; a second call goes on from the last checkpoint. The result becomes
data/models/NAME.safetensors (FP16) and NAME.json.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
import yaml

from tasks.core.errors import UserError
from tasks.core.manifest import write_json
from tasks.core.params import overlaid
from tasks.core.shards import file_digest
from tasks.core.stage import log, start
from tasks.deploy.export import save_weights
from tasks.nets import architectures

COPIED = ("tasks", "data/models", "data/sources", "dvc.yaml")
SHIPPED = Path("data/models")
KEPT = ("architecture", "init", "landmark_net", "loss_encoder", "params", "precision", "scores", "torch")  # of the card
LICENCE = "MIT; the photos it was trained on have unclear rights: research"


def working_copy(work: Path, overlay: Path, photos: Path) -> None:
    """Refresh the copy's code and parameters; what it has computed so far stays."""
    if not photos.is_dir():
        raise UserError(f"--photos {photos} is no folder; name the folder of photos to train on")
    for name in COPIED:
        source, target = Path(name), work / name
        if source.is_dir():
            if name == "tasks":  # a module that is gone must go there too
                shutil.rmtree(target, ignore_errors=True)
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


def ship(work: Path, weights: Path) -> None:
    """Bring the trained weights home to a file in half precision, with a card beside it."""
    made = work / "data/finetune"
    card = json.loads((made / "card.json").read_text())
    generator = architectures.load(card["params"]["architecture"], made / "generator.safetensors")
    save_weights(generator.state_dict(), weights, torch.float16)
    history = (made / "history.csv").read_text().splitlines()
    kept = {key: card[key] for key in KEPT}
    data = {"pairs": card["pairs"], "photos": "selfies of 256 px, rights unclear: research", "style": "cel filter"}
    digests = {"sha256": file_digest(weights), "trained_sha256": file_digest(made / "generator.safetensors")}
    steps = {"steps": len(history) - 1, "last": dict(zip(history[0].split(","), history[-1].split(","), strict=True))}
    write_json(weights.with_suffix(".json"), {**kept, **digests, "data": data, "licence": LICENCE, "training": steps})


def main() -> None:
    """Copy, train, ship."""
    parser = argparse.ArgumentParser(prog="python -m recipes.run")
    parser.add_argument("name", choices=("base", "student"))
    parser.add_argument("--photos", type=Path, required=True)
    options = parser.parse_args()
    work, weights = Path(".work") / options.name, SHIPPED / f"{options.name}.safetensors"
    working_copy(work, Path("recipes") / f"{options.name}.yaml", options.photos)
    reproduce(work)
    ship(work, weights)
    log.info("%s: %s and its card are new", options.name, weights)


if __name__ == "__main__":
    start(main)
