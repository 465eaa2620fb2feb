"""What people and schedules start: the `selfie2anime` command and its flows. The only place that knows Prefect."""
