"""The flows on a schedule: what `selfie2anime serve` runs, and the section `schedule` of params.yaml.

Run as a script, this file is the process that waits for the hours and starts the flows, one at a time; it expects
PREFECT_API_URL. `serve` starts it as a child, so that it ends with all that it started.
"""

import sys
from dataclasses import dataclass

from flows import child, console, server, settings
from tasks.core import params
from tasks.core.errors import UserError, require

SECTION = "schedule"


@dataclass(frozen=True)
class Schedule:
    """When the flows run: five cron fields each (minute, hour, day, month, weekday), in one time zone."""

    refresh: str = "0 3 * * *"
    retrain: str = "0 5 * * 0"
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        for flow, cron in (("refresh", self.refresh), ("retrain", self.retrain)):
            five = "five cron fields, such as '0 3 * * *'"
            require(len(cron.split()) == 5, f"params.yaml: schedule.{flow} is {cron!r}; it must be {five}")


def load() -> Schedule:
    """The schedule in params.yaml, or the default one if it has no such section; raises UserError."""
    given = params.read()
    return params.parse(SECTION, given[SECTION], Schedule) if SECTION in given else Schedule()


def check(schedule: Schedule) -> None:
    """UserError unless Prefect understands each cron and the time zone."""
    from prefect.client.schemas.schedules import CronSchedule
    from pydantic import ValidationError

    for flow, cron in (("refresh", schedule.refresh), ("retrain", schedule.retrain)):
        try:
            CronSchedule(cron=cron, timezone=schedule.timezone)
        except ValidationError as fault:
            key = fault.errors()[0]["loc"][0]
            name, value = ("timezone", schedule.timezone) if key == "timezone" else (flow, cron)
            remedy = "an IANA name such as Europe/Berlin" if name == "timezone" else "a cron such as '0 3 * * *'"
            raise UserError(f"params.yaml: schedule.{name} is {value!r}; it must be {remedy}") from fault


def serve() -> int:
    """Run the server and the process that starts the flows until a signal comes; returns that process's exit code."""
    schedule = load()
    check(schedule)
    with server.running(services=True) as api:
        api.await_ready()
        console.say(f"refresh at '{schedule.refresh}', retrain at '{schedule.retrain}' ({schedule.timezone})")
        console.say(f"runs, logs and artifacts: {api.url.removesuffix('/api')}\nCtrl-C ends it")
        return child.run([sys.executable, "-m", "flows.schedule"], console.say, env=settings.child_env())


def main() -> None:
    """Deploy both flows and start them at their hours, for ever."""
    from prefect import serve as serve_deployments
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Cron

    from flows.refresh import refresh
    from flows.retrain import retrain

    schedule = load()
    deployments = (
        refresh.to_deployment("daily", schedule=Cron(schedule.refresh, timezone=schedule.timezone)),
        retrain.to_deployment("weekly", schedule=Cron(schedule.retrain, timezone=schedule.timezone)),
    )
    serve_deployments(
        *(made for made in deployments if isinstance(made, RunnerDeployment)),  # coroutines in async code only
        pause_on_shutdown=False,
        print_starting_message=False,
        limit=1,
    )


if __name__ == "__main__":
    main()
