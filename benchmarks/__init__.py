"""What it costs, measured: each program writes its table to reports/benchmarks with machine and versions."""
