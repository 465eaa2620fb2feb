"""The options of `selfie2anime label-sheet`, and what the command does with them."""

import argparse
from pathlib import Path


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare them; what a value may be is checked by the sheet itself, which knows a remedy."""
    command.add_argument("--attribute", help="only this one, what is unknown included; default: all in turn")
    command.add_argument("--role", help="photo | anime; default: both")
    command.add_argument("--count", type=int, default=120, help="labels to show; default: 120")
    command.add_argument("--apply", type=Path, metavar="FILE", help="take over what was corrected in this CSV")


def perform(chosen: argparse.Namespace) -> int:
    """Write the sheet, or take the corrections over; say what came of it."""
    from tasks import label, label_sheet

    if chosen.apply:
        changed = label_sheet.apply(chosen.apply)
        print(f"{changed} labels changed in {label.CORRECTIONS}; `selfie2anime refresh` takes them in")
        return 0
    page, labels = label_sheet.sheet(label_sheet.Choice(chosen.attribute, chosen.role, chosen.count))
    print(f"{labels} labels to look at: {page} (or {label_sheet.TABLE}); then label-sheet --apply FILE")
    return 0
