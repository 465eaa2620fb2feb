"""The options of `selfie2anime studio`, and what the command does with them."""

import argparse
from pathlib import Path


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare them; what a value may be is checked where it is used."""
    command.add_argument("--host", default="127.0.0.1", help="default: this machine alone; any other needs a token")
    command.add_argument("--port", type=int, default=8770, help="default: 8770; 0: any free one")
    command.add_argument("--keep", type=Path, metavar="DIR", help="store drawings that are downloaded here as well")
    command.add_argument("--open", action="store_true", help="open the page in the browser")


def perform(chosen: argparse.Namespace) -> int:
    """Serve the page until a signal comes."""
    from tasks.studio import Request, serve

    serve(Request(chosen.host, chosen.port, chosen.keep, chosen.open))
    return 0
