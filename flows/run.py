"""The flow that does both: refresh, then retrain, as one run."""

from prefect import flow
from prefect.client.schemas import State

from flows import stages


@flow(persist_result=False, validate_parameters=False)
def run() -> State[None] | None:
    """Every stage of dvc.yaml."""
    return stages.follow(list)
