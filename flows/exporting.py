"""The options of `selfie2anime export`, and what the command does with them."""

import argparse


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare them; what a value may be is checked by the export itself, which knows a remedy."""
    command.add_argument("--format", required=True, help="parquet | folders | pix2pix | webdataset")
    command.add_argument("--out", required=True, help="folder to write, which must not be there yet")
    command.add_argument("--what", default="pairs", help="pairs | faces; default: pairs")
    command.add_argument("--split", type=words, default=("train", "val", "test"), help="default: train,val,test")
    command.add_argument("--status", type=words, default=("accepted",), help="of the pairs; default: accepted")
    command.add_argument("--licences", type=words, default=(), help="take pictures under these only; default: any")
    command.add_argument("--by", default="role", help="classes of folders: role, or a label such as expression")


def words(text: str) -> tuple[str, ...]:
    """What stands between the commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def perform(chosen: argparse.Namespace) -> int:
    """Export, and say what came of it."""
    from tasks.export import Request, export

    options = {name: value for name, value in vars(chosen).items() if name != "command"}
    print(export(Request(**options)))
    return 0
