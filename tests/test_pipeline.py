"""dvc.yaml, imports, parameters and README tell one story."""

import ast
import dataclasses
import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
STAGES: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
ORDER = ["ingest", "dedupe", "quality", "align", "label", "pair", "finetune", "student", "stylize", "evaluate"]
SHARED_SECTIONS = {"faces"}
FLOW_SECTIONS = {"schedule"}


@cache
def imports(path: Path) -> frozenset[Path]:
    """The first-party files that a module imports itself, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {ROOT / (name.replace(".", "/") + ".py") for name in names if name.split(".")[0] in ("tasks", "flows")}
    return frozenset(module for module in found if module.is_file())


def reached(path: Path) -> set[str]:
    """Every first-party file that running the module imports, the module among them."""
    seen, waiting = {path}, [path]
    while waiting:
        new = imports(waiting.pop()) - seen
        seen |= new
        waiting += new
    return {str(module.relative_to(ROOT)) for module in seen}


def listed(stage: str, key: str) -> list[str]:
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in STAGES[stage].get(key, [])]


def test_the_ten_stages_are_all_there() -> None:
    assert list(STAGES) == ORDER


@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_depends_on_every_module_it_imports(stage: str) -> None:
    code = {dep for dep in listed(stage, "deps") if dep.endswith(".py")}
    assert code == reached(ROOT / "tasks" / f"{stage}.py")


@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_runs_its_own_module(stage: str) -> None:
    assert STAGES[stage]["cmd"] == f"python -m tasks.{stage}"


@pytest.mark.parametrize("stage", ORDER)
def test_a_stage_depends_on_the_sections_it_loads(stage: str) -> None:
    text = (ROOT / "tasks" / f"{stage}.py").read_text()
    loaded = set(re.findall(r'params\.load\("(\w+)"', text))
    assert set(listed(stage, "params")) >= loaded
    shown = set(ORDER) if stage == "evaluate" else set()  # the report prints every setting
    assert set(listed(stage, "params")) <= loaded | SHARED_SECTIONS | shown


@pytest.mark.parametrize("stage", ORDER)
def test_every_parameter_is_in_params_yaml_and_no_other(stage: str) -> None:
    module = importlib.import_module(f"tasks.{stage}")
    loaded = re.findall(r'params\.load\("(\w+)", (\w+)\)', (ROOT / "tasks" / f"{stage}.py").read_text())
    sections = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert stage in dict(loaded)
    for section, name in loaded:
        known = {field.name for field in dataclasses.fields(getattr(module, name))}
        assert set(sections[section]) <= known if "preset" in known else set(sections[section]) == known


def test_params_yaml_has_no_section_without_a_reader() -> None:
    assert set(yaml.safe_load((ROOT / "params.yaml").read_text())) <= {*ORDER, *SHARED_SECTIONS, *FLOW_SECTIONS}


def test_what_a_stage_reads_is_written_by_one_before_it() -> None:
    written: set[str] = set()
    for stage in ORDER:
        read = {dep for dep in listed(stage, "deps") if dep.startswith("data/")}
        shipped = {dep for dep in read if dep.startswith(("data/sources", "data/models", "data/releases"))}
        assert read - shipped <= written
        written |= set(listed(stage, "outs"))


def test_the_rooms_import_one_way_only() -> None:
    for path in (ROOT / "tasks").rglob("*.py"):
        text = path.read_text()
        assert not re.search(r"^\s*(from|import) (prefect|flows)\b", text, re.M), path
    for path in (ROOT / "tasks" / "core").rglob("*.py"):
        assert all(found.is_relative_to(ROOT / "tasks" / "core") for found in imports(path)), path


def test_a_stage_imports_no_other_stage() -> None:
    for stage in ORDER:
        others = {ROOT / "tasks" / f"{other}.py" for other in ORDER if other != stage}
        assert not imports(ROOT / "tasks" / f"{stage}.py") & others


def test_the_readme_opens_with_the_two_commands_and_lists_every_stage() -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme.index("make demo") < readme.index("make test") < readme.index("\n## ")
    for stage in ORDER:
        assert re.search(rf"^\| `?{stage}`? \|", readme, re.M), stage


def test_the_readme_names_no_parameter_that_does_not_exist() -> None:
    sections = yaml.safe_load((ROOT / "params.yaml").read_text())
    for section, key in re.findall(r"`(\w+)\.(\w+)`", (ROOT / "README.md").read_text()):
        if section in sections:
            assert key in sections[section], f"{section}.{key}"
