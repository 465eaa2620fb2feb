"""Fine-tune a generator on the collection, so that drawings keep the person.

Usage: python -m tasks.finetune; on several processes or devices: accelerate launch -m tasks.finetune
"""

from pathlib import Path

from tasks.core import params
from tasks.core.stage import start
from tasks.faces.finder import Settings
from tasks.styles.trained import FINETUNE, FOLDERS
from tasks.training.plan import Plan
from tasks.training.publishing import Place
from tasks.training.run import run
from tasks.training.stream import Stream

PLACE = Place(FOLDERS[FINETUNE], Path("reports/finetune.json"), Path("reports/samples/finetune"))


def main() -> None:
    """data/pair.parquet, data/align, data/teacher and the initial weights -> data/finetune, reports/finetune.json."""
    plan, faces = params.load("finetune", Plan), params.load("faces", Settings)
    run(plan, faces.licence, Stream(plan, plan.recipe == "paired"), PLACE)


if __name__ == "__main__":
    start(main)
