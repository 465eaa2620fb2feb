# demo: faces to report on the embedded sample. test: lint, types, tests. The rest is for those who work on it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint bench serve base student identity landmarks clean

demo: $(READY)
	selfie2anime run

test: $(READY) lint
	pytest --numprocesses 2 --dist loadfile

lint: $(READY)
	ruff format --check .
	ruff check .
	mypy

# Those that need no pictures; benchmarks.growth and benchmarks.dedupe_edits take folders of yours, tasks.bench a run.
bench: $(READY)
	python -m benchmarks.ingest
	python -m benchmarks.dedupe_scale
	python -m benchmarks.quality
	python -m benchmarks.pairs
	python -m benchmarks.training
	python -m benchmarks.runtimes
	python -m benchmarks.loader

serve: $(READY)
	selfie2anime serve

# The networks that come with the project, trained anew. PHOTOS teach; PEOPLE (a folder each) and PAIRS (a CSV of
# file_x, file_y, Decision) only judge.
base student: $(READY)
	python -m recipes.run $@ --photos $(PHOTOS)

identity: $(READY)
	python -m tasks.distill recipes/identity.yaml --photos $(PHOTOS) $(if $(PEOPLE),--people $(PEOPLE)) $(if $(PAIRS),--pairs $(PAIRS))

landmarks: $(READY)
	python -m tasks.distill_landmarks recipes/landmarks.yaml --photos $(PHOTOS) $(if $(PEOPLE),--people $(PEOPLE))

clean:
	rm -rf .venv .work .prefect

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
