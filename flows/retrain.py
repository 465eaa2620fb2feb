"""The flow that learns from the dataset and judges what was learned: finetune and every stage that depends on it."""

from prefect import flow
from prefect.client.schemas import State

from flows import graph, stages


@flow(persist_result=False, validate_parameters=False)
def retrain() -> State[None] | None:
    """Fine-tune, stylise, evaluate."""
    return stages.follow(graph.retrain_group)
