"""What Prefect's pages show of a run: the funnel, the scores beside the last run's, where the report is."""

from collections.abc import Sequence
from uuid import UUID

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from flows import outcome, settings


def publish(stages: Sequence[str]) -> None:
    """Create the artifacts of the current flow run."""
    home = settings.home()
    if rows := outcome.funnel(stages):
        create_table_artifact(key="funnel", table=_plain(rows), description="In, kept, and why not, by stage")
    if rows := outcome.scores(outcome.read(outcome.METRICS), outcome.last_metrics(home)):
        create_table_artifact(key="scores", table=_plain(rows), description="Base, fine-tuned, and the last run's")
    create_markdown_artifact(key="report", markdown=report_link(), description="Where the report is")


def report_link() -> str:
    """Markdown that says where the report lies."""
    if not outcome.PAGE.is_file():
        return "There is no report yet: the stage evaluate makes it."
    return f"[{outcome.PAGE}]({outcome.PAGE.resolve().as_uri()})"


def close_killed(run_id: str | None) -> None:
    """A flow run that was killed stands as Running for ever; call it crashed."""
    if run_id is None:
        return
    with get_client(sync_client=True) as client:
        try:
            client.set_flow_run_state(UUID(run_id), Crashed(message="Its process was killed."), force=True)
        except (ObjectNotFound, ValueError):  # another database, or a note cut off: nobody shows that run
            return


def _plain(rows: list[outcome.Row]) -> list[dict[str, object]]:
    return [dict(row) for row in rows]
