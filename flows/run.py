"""The flow that does both: refresh, then retrain, as one run, and a look at the dataset."""

from prefect import flow
from prefect.client.schemas import State

from flows import stages, survey


@flow(persist_result=False, validate_parameters=False)
def run() -> State[None] | None:
    """Every stage of dvc.yaml, and the dataset's report."""
    return stages.follow(list) or survey.look()
