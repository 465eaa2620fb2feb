# demo: faces to report on the embedded sample. test: lint, types, tests. The rest is for those who work on it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint bench serve base identity clean

demo: $(READY)
	selfie2anime run

test: $(READY) lint
	pytest --numprocesses 2 --dist loadfile

lint: $(READY)
	ruff format --check .
	ruff check .
	mypy

# Those that need no pictures; benchmarks.growth and benchmarks.dedupe_edits take folders of yours.
bench: $(READY)
	python -m tasks.bench
	python -m benchmarks.ingest
	python -m benchmarks.dedupe_scale
	python -m benchmarks.quality
	python -m benchmarks.pairs

serve: $(READY)
	selfie2anime serve

# The two networks that come with the project, trained anew. PHOTOS teach; PEOPLE (a folder each) and PAIRS (a CSV of
# file_x, file_y, Decision) only judge.
base: $(READY)
	python -m recipes.run --photos $(PHOTOS)

identity: $(READY)
	python -m tasks.distill recipes/identity.yaml --photos $(PHOTOS) $(if $(PEOPLE),--people $(PEOPLE)) $(if $(PAIRS),--pairs $(PAIRS))

clean:
	rm -rf .venv .work .prefect

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
