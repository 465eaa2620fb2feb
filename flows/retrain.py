"""The flow that learns from the dataset and judges what was learned: finetune and every stage that depends on it."""

from prefect import flow

from flows import graph, stages


@flow(persist_result=False, validate_parameters=False)
def retrain() -> None:
    """Fine-tune, stylise, evaluate."""
    stages.follow(graph.retrain_group)
