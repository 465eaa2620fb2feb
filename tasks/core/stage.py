"""What every stage is to the one who runs it: a log, a progress bar, an exit code, a line of timing."""

import errno
import json
import logging
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from tasks.core.errors import UserError

log = logging.getLogger("selfie2anime")
TIMINGS = Path("reports/benchmarks/last-run.jsonl")
T = TypeVar("T")


def start(main: Callable[[], None]) -> None:
    """Run a stage's main and end the process: 0 when it is done, 2 on a UserError or a full disk."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    name = Path(sys.argv[0]).stem
    began = time.perf_counter()
    try:
        main()
    except UserError as fault:
        sys.exit(_fail(name, str(fault)))
    except OSError as fault:
        if fault.errno != errno.ENOSPC:
            raise
        sys.exit(_fail(name, f"no space left on disk at {fault.filename or 'the output'}; free some and repeat"))
    note(name, time.perf_counter() - began)


def note(name: str, seconds: float) -> None:
    """Append what the stage took to a file that no stage depends on: clocks have no place in an output."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    log.info("%s: done in %.1f s, peak memory %.0f MB", name, seconds, peak)
    TIMINGS.parent.mkdir(parents=True, exist_ok=True)
    with TIMINGS.open("a") as file:
        file.write(json.dumps({"stage": name, "seconds": round(seconds, 2), "peak_mb": round(peak)}) + "\n")


def progress(items: Sequence[T], name: str) -> Iterator[T]:
    """The items, with a bar on a terminal and a line for each elsewhere."""
    if sys.stderr.isatty():
        yield from tqdm(items, desc=name, leave=False)
        return
    for number, item in enumerate(items, 1):
        yield item
        log.info("%s: %d of %d (%s)", name, number, len(items), item)


def _fail(name: str, fault: str) -> int:
    log.error("%s: error: %s", name, fault)
    return 2
