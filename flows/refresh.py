"""The flow that takes in new batches and makes the dataset: every stage before finetune."""

from prefect import flow
from prefect.client.schemas import State

from flows import graph, stages


@flow(persist_result=False, validate_parameters=False)
def refresh() -> State[None] | None:
    """From the sources to the pairs."""
    return stages.follow(graph.refresh_group)
