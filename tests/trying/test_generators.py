import json
from pathlib import Path

from tasks.nets.condition import Vocabulary
from tasks.trying import generators
from tasks.trying.generators import Generator


def test_the_trained_come_before_releases_and_these_before_the_shipped(tmp_path: Path) -> None:
    for name in (
        "data/models/base.safetensors",
        "data/releases/2/generator.onnx",
        "data/releases/1/generator.onnx",
        "data/student/generator.onnx",
        "data/student/generator.int8.onnx",
        "data/finetune/generator.fp16.onnx",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [model.words for model in generators.at_hand(tmp_path)] == [
        "Student, the fast one",
        "Student, the fast one, eight bits",
        "Release 2",
        "Release 1",
        "Base, as shipped",
    ]


def test_a_controlled_generator_tells_by_its_card_what_it_can_be_asked_for(tmp_path: Path) -> None:
    model = Generator("a", tmp_path / "generator.onnx")
    assert model.controls == {}
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"vocabulary": None}))
    assert model.controls == {}
    vocabulary = Vocabulary((("hair", ("black", "red")), ("age", ("young",))))
    card.write_text(f'{{"vocabulary": {vocabulary.written()}}}')
    assert model.controls == {"hair": ("black", "red"), "age": ("young",)}
