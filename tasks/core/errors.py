"""The faults a person can mend: they end a stage with one line and exit code 2, and without a manifest.

Exception
+-- UserError        a parameter, a path, a model or a collection is not as it must be
"""

from difflib import get_close_matches

# How torch and OpenCV, ONNX Runtime, OpenVINO, and torch's readers say it.
NO_MEMORY = ("allocate", "bad allocation", "bad_alloc", "is killed by signal: Killed")


class UserError(Exception):
    """A fault of the configuration or of the input as a whole; the message quotes the value and the remedy."""


def out_of_memory(fault: BaseException) -> bool:
    """Whether memory ran out, whoever says so: nothing is wrong with what was being worked on."""
    return isinstance(fault, MemoryError) or any(sign in str(fault) for sign in NO_MEMORY)


def nearest(word: str, known: list[str]) -> str:
    """'; did you mean X?' for the closest known word, else the list of known words."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known))}"


def require(condition: bool, fault: str) -> None:
    """Raise UserError(fault) unless the condition holds; `fault` is '<section>.<key> is <value>; <remedy>'."""
    if not condition:
        raise UserError(fault)
