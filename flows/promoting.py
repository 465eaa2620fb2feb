"""The options of `selfie2anime promote`, and what the command does with them."""

import argparse


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare them; what a name may be is checked by the task itself."""
    command.add_argument("name", help="of the release, such as 2026-11: a folder in data/releases")
    command.add_argument("--anyway", action="store_true", help="also where the gate failed")


def perform(chosen: argparse.Namespace) -> int:
    """Make the release; say how the next generator is held against it."""
    from tasks import promote

    place = promote.promote(chosen.name, chosen.anyway)
    print(f"{place}\nto hold the next generator against it, set in params.yaml, section evaluate: release: {place}")
    return 0
