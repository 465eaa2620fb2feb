"""The flow that does both: refresh, then retrain, as one run."""

from prefect import flow

from flows import stages


@flow(persist_result=False, validate_parameters=False)
def run() -> None:
    """Every stage of dvc.yaml."""
    stages.follow(list)
