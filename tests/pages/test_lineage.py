from tasks.pages import lineage
from tests.pages.comparison import result

WORDS = {"base": "base.safetensors", "tuned": "data/finetune/generator.onnx"}


def test_the_way_goes_from_the_sources_to_this_report() -> None:
    counts = {"data/align": 1234, "data/batches.parquet": 1}
    found = lineage.stations(result(), WORDS, {"data/align": "ab", "data/pair.parquet": "cd"}, counts, 40)
    assert [(one.name, one.holds, one.digest) for one in found] == [
        ("sources", "1 source", ""),
        ("align", "1,234 faces", "ab"),
        ("pair", "", "cd"),
        ("model", "40 steps; no release yet", ""),
        ("this report", "12 faces of 6 people", ""),
    ]


def test_the_release_is_named_beside_the_model() -> None:
    words = WORDS | {"release": "the release 2026-11"}
    model = lineage.stations(result(released=True), words, {WORDS["tuned"]: "ef"}, {}, 0)[0]
    assert (model.holds, model.digest) == ("held against the release 2026-11", "ef")
