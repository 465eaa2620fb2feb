"""The flow that takes in new batches and makes the dataset: every stage before finetune, then a look at it all."""

from prefect import flow
from prefect.client.schemas import State

from flows import graph, stages, survey


@flow(persist_result=False, validate_parameters=False)
def refresh() -> State[None] | None:
    """From the sources to the pairs, and the dataset's report."""
    return stages.follow(graph.refresh_group) or survey.look()
