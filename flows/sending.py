"""What a flow run tells the server: all of it, and no heartbeat where nobody listens for one."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

PATIENCE = 3.0  # seconds to send what waits


@contextmanager
def whole(outlived: bool) -> Iterator[None]:
    """Run a flow; on the way out, send its logs and events, which Prefect batches, before the server ends.

    Heartbeats tell a server that outlives the process of its death. Where none does they are left out, because
    their thread holds up the end of the flow by a second.
    """
    try:
        with temporary_settings({} if outlived else {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            yield
    finally:
        APILogWorker.drain_all(timeout=PATIENCE)
        EventsWorker.drain_all(timeout=PATIENCE)
