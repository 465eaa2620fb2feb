"""The options of `selfie2anime review`, and what the command does with them."""

import argparse
import getpass

from tasks.core.errors import UserError


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare them; what a value may be is checked by the review itself, which knows a remedy."""
    command.add_argument("--reviewer", help="whose decisions these are; default: the login name")
    command.add_argument("--host", default="127.0.0.1", help="any other than 127.0.0.1 needs a token")
    command.add_argument("--port", type=int, default=8765, help="0: any free one; default: 8765")
    command.add_argument("--overlap", type=float, default=0.1, help="share of what others decided to ask again")
    command.add_argument("--open", action="store_true", help="open the page in the browser")


def perform(chosen: argparse.Namespace) -> int:
    """Serve the page until a signal comes."""
    from tasks.review import Request, review

    reviewer = login() if chosen.reviewer is None else chosen.reviewer
    review(Request(reviewer, chosen.host, chosen.port, chosen.overlap, chosen.open))
    return 0


def login() -> str:
    """The name of who runs this; UserError for a user without one, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as reason:
        raise UserError("this user has no login name; say who reviews with --reviewer NAME") from reason
