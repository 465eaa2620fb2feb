from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import UserError, require
from tasks.core.params import load, overlaid, parse, unplaced


@dataclass(frozen=True)
class Part:
    name: str


@dataclass(frozen=True)
class Example:
    min_side: int = 512
    share: float = 0.5
    on: bool = True
    names: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    path: str | None = None

    def __post_init__(self) -> None:
        require(self.min_side > 0, f"example.min_side is {self.min_side}; use 1 or more")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"min_sied": 1}, r"params.yaml: example.min_sied is unknown; did you mean min_side\?"),
        ({"whatever": 1}, r"example.whatever is unknown; known: min_side"),
        ({"min_side": "512"}, r"example.min_side is '512' \(str\); it must be a whole number"),
        ({"min_side": 1.5}, r"example.min_side is 1.5 \(float\); it must be a whole number"),
        ({"min_side": True}, r"example.min_side is True \(bool\); it must be a whole number"),
        ({"share": "half"}, r"example.share is 'half' \(str\); it must be a number"),
        ({"on": 1}, r"example.on is 1 \(int\); it must be true or false"),
        ({"names": "a"}, r"example.names is 'a' \(str\); it must be a list"),
        ({"parts": [{"nam": "x"}]}, r"example.parts\[0\].nam is unknown; did you mean name\?"),
        ({"parts": [{}]}, r"example.parts\[0\].name is missing"),
        ({"min_side": 0}, r"example.min_side is 0; use 1 or more"),
        (None, r"section example is None; it must hold min_side"),
    ],
)
def test_a_mistake_is_named_with_its_value_and_remedy(values: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse("example", values, Example)


def test_plain_values_become_the_declared_types() -> None:
    parsed = parse("example", {"share": 1, "names": ["a"], "parts": [{"name": "x"}], "path": None}, Example)
    assert parsed == Example(share=1.0, names=("a",), parts=(Part("x"),))
    assert isinstance(parsed.share, float)


def test_a_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"params.yaml is missing; run this in the project's folder"):
        load("example", Example, tmp_path / "params.yaml")


def test_broken_yaml_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("a: [1")
    with pytest.raises(UserError, match="is no YAML"):
        load("example", Example, tmp_path / "params.yaml")


def test_an_overlay_wins_key_by_key() -> None:
    below = {"finetune": {"steps": 60, "weights": {"l1": 1, "ssim": 0.5}}, "align": {"size": 256}}
    merged = overlaid(below, {"finetune": {"weights": {"ssim": 1}}})
    assert merged == {"finetune": {"steps": 60, "weights": {"l1": 1, "ssim": 1}}, "align": {"size": 256}}


def test_what_leaves_this_machine_names_files_and_no_folder() -> None:
    values = {"init": "/home/ada/ink.pt", "weights": {"l1": 1.0}, "sizes": (64, 96), "files": ["a/b.onnx"], "on": "rgb"}
    told = {"init": "ink.pt", "weights": {"l1": 1.0}, "sizes": [64, 96], "files": ["b.onnx"], "on": "rgb"}
    assert unplaced(values) == told
