"""The stage on faces that installed packages carry, with two small untrained generators."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
import yaml
from skimage import data as pictures

from tasks import align, evaluate, promote
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.image import Image, decode_own, encode_png
from tasks.core.pool import pool
from tasks.deploy.export import save_onnx, save_weights
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.nets import architectures
from tasks.nets.generator import Generator
from tasks.styles import stylizer
from tasks.styles.cel import cel

PARAMS: dict[str, dict[str, Any]] = {
    "evaluate": {"sheet": 2, "worst": 2},
    "faces": {"backend": "dlib", "licence": "any"},
}


def portraits() -> list[Image]:
    """Three people's worth of pictures from one portrait: as it is, mirrored, brighter."""
    portrait = np.asarray(pictures.astronaut(), np.uint8)[:320, 60:380]  # type: ignore[no-untyped-call]
    brighter = np.clip(portrait.astype(np.float32) * 1.15, 0, 255).astype(np.uint8)
    return [portrait, np.ascontiguousarray(portrait[:, ::-1]), brighter]


def aligned(picture: Image, name: str, role: str, subject: str) -> dict[str, Any]:
    face = finder.opened(Settings()).detect(picture)[0]
    seen = finder.as_row(face) | {"angles": [0.0, 0.0, 0.0]}
    row = {"id": name, "role": role, "batch": "b", "subject": subject}
    stored = {"bytes": encode_png(picture), "path": None}
    return align.Aligner(128, Settings())(row | {"image": stored, "faces": {0: seen}})[0]


def pair(face_id: str, person: str, split: str, anime: str | None = None) -> dict[str, Any]:
    row = dict.fromkeys(manifest.PAIR.names)
    method = "manual" if anime else "teacher"
    row |= {"pair_id": face_id[:16], "photo": face_id, "anime": anime, "person": person, "split": split}
    return row | {"method": method, "status": "accepted", "score": 1.0}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifests, models and settings that the stage reads."""
    root = tmp_path_factory.mktemp("project")
    photos = [aligned(picture, f"{i:016x}", "photo", f"person {i}") for i, picture in enumerate(portraits())]
    drawn = [aligned(cel(picture), f"{i + 9:016x}", "anime", "") for i, picture in enumerate(portraits()[:1])]
    manifest.write_rows([*photos, *drawn], root / "data/align/b.parquet", manifest.ALIGN)
    targets = [
        {"face_id": row["face_id"], "teacher": "cel", "image": {"bytes": png(row), "path": None}} for row in photos
    ]
    manifest.write_rows(targets, root / "data/teacher/b.parquet", manifest.TEACHER)
    splits = ["test", "test", "train"]
    rows = [pair(row["face_id"], f"person {i}", splits[i]) for i, row in enumerate(photos)]
    manifest.write_rows(rows, root / "data/pair.parquet", manifest.PAIR)
    manifest.write_rows([], root / "data/ingest/b.parquet", manifest.INGEST)
    manifest.write_rows([], root / "data/label.parquet", manifest.LABEL)
    models(root)
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    return root


def png(row: dict[str, Any]) -> bytes:
    return encode_png(cel(decode_own(row["image"]["bytes"])))


def models(root: Path) -> None:
    """A base and a tuned generator of different random weights, and the card between them."""
    torch.manual_seed(0)
    base, tuned = Generator(), Generator()
    (root / "data/finetune").mkdir(parents=True)
    save_weights(base.state_dict(), root / "data/models/base.safetensors")
    save_onnx(tuned, root / "data/finetune/generator.onnx")
    encoder = {"name": "embedded", "digest": "cd" * 32}
    init = {"name": "base", "digest": "ab" * 32}
    card = {"init": init, "loss_encoder": encoder, "params": {"recipe": "paired", "architecture": "animeganv2"}}
    (root / "data/finetune/card.json").write_text(json.dumps(card))
    (root / "data/finetune/history.csv").write_text("step,l1,lr\n1,0.5,0.1\n2,0.4,0.1\n3,0.3,0.1\n")


@pytest.fixture(scope="module")
def judged(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after the stage ran once."""
    root = tmp_path_factory.mktemp("judged") / "project"
    shutil.copytree(built, root)
    with pytest.MonkeyPatch.context() as patch:
        enter(root, patch)
        evaluate.main()
    return root


def enter(root: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(root)
    patch.delenv("SELFIE2ANIME_MODELS", raising=False)


@pytest.fixture
def project(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    shutil.copytree(built, root)
    enter(root, monkeypatch)
    return root


def rewrite(root: Path, **values: Any) -> None:
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS | {"evaluate": PARAMS["evaluate"] | values}))


def test_held_out_faces_are_judged_on_both_models_and_nobody_else(judged: Path) -> None:
    rows = pq.read_table(judged / "data/evaluate.parquet").to_pylist()
    assert [(row["face_id"], row["model"]) for row in rows] == [
        (f"{i:016x}-0", model) for i in range(2) for model in ("base", "tuned")
    ]
    for row in rows:
        assert -1 <= row["identity"] <= 1
        assert row["nme"] > 0
        assert row["ssim"] < 1


def test_the_numbers_and_the_page_say_who_judged_and_whom(judged: Path) -> None:
    metrics, counts = (json.loads((judged / "reports" / f"{n}.json").read_text()) for n in ("metrics", "evaluate"))
    assert metrics["n"] == {"faces": 2, "people": 2}
    assert metrics["encoders"]["independent"] == "no"
    assert metrics["base"]["identity"] != metrics["tuned"]["identity"]
    assert counts["in"] == counts["kept"] + sum(counts["reasons"].values()) == 2
    page = (judged / "reports/index.html").read_text()
    assert "the embedded identity network, which was distilled from dlib" in page


def test_a_second_run_writes_the_same_bytes(judged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = [judged / "data/evaluate.parquet", *sorted((judged / "reports").rglob("*.*"))]
    first = {path: path.read_bytes() for path in written}
    assert len(first) == 11
    enter(judged, monkeypatch)
    evaluate.main()
    assert {path: path.read_bytes() for path in written} == first


def test_a_model_held_against_itself_changed_nothing(project: Path) -> None:
    card = json.loads((project / "data/finetune/card.json").read_text())
    save_onnx(same(project / "data/models/base.safetensors"), project / "data/finetune/generator.onnx")
    (project / "data/finetune/card.json").write_text(json.dumps(card | {"loss_encoder": None}))
    evaluate.main()
    metrics = json.loads((project / "reports/metrics.json").read_text())
    assert set(metrics["change"].values()) == {0.0}
    assert metrics["verdict"] == "even"
    assert metrics["encoders"] | {"loss": "none", "independent": "yes"} == metrics["encoders"]


def same(weights: Path) -> Generator:
    generator = Generator()
    generator.load_state_dict(architectures.load("animeganv2", weights).state_dict())
    return generator


Draw = Callable[[Image], Image]


def draw_with(monkeypatch: pytest.MonkeyPatch, tuned: Draw, base: Draw) -> None:
    """These functions in place of the generators, in this process."""

    def opened(path: Path) -> SimpleNamespace:
        return SimpleNamespace(run=tuned if path.parent.name == "finetune" else base)

    monkeypatch.setattr(stylizer, "opened", opened)
    monkeypatch.setattr(evaluate, "pool", lambda: pool(1))


def test_the_photo_itself_as_drawing_is_a_perfect_likeness(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_with(monkeypatch, tuned=np.copy, base=np.copy)
    evaluate.main()
    tuned = json.loads((project / "reports/metrics.json").read_text())["tuned"]
    perfect = {"kept": 1, "identity": 1, "same_person": 1, "nme": 0, "deformed": 0, "symmetry": 0, "chroma_shift": 0}
    assert {name: tuned[name] for name in perfect} == pytest.approx(perfect)
    assert tuned["ssim"] < 0.99


def test_a_drawing_in_other_colours_is_told_from_one_that_moved(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_with(monkeypatch, tuned=stretched, base=tinted)
    evaluate.main()
    metrics = json.loads((project / "reports/metrics.json").read_text())
    assert metrics["base"]["chroma_shift"] > 10 > metrics["tuned"]["chroma_shift"]
    assert metrics["tuned"]["nme"] > 0.08 > metrics["base"]["nme"]
    assert metrics["tuned"]["deformed"] > metrics["base"]["deformed"] == 0


def test_a_threshold_is_decided_anew_without_a_drawing(judged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Image) -> Image:
        raise AssertionError("nothing is to be drawn")

    enter(judged, monkeypatch)
    rewrite(judged, deformed=0.0001, gate=[{"score": "deformed", "max": 0.5}, {"score": "nme", "min": 0, "slice": "*"}])
    draw_with(monkeypatch, tuned=refuse, base=refuse)
    evaluate.main()
    assert json.loads((judged / "reports/metrics.json").read_text())["tuned"]["deformed"] == 1
    held = json.loads((judged / "reports/gate.json").read_text())
    assert held["verdict"] == "fail"
    assert held["findings"][0]["outcome"] == "fail"
    assert {line["outcome"] for line in held["findings"][1:]} == {"few"}
    rewrite(judged)
    evaluate.main()


def test_only_a_new_face_and_a_new_model_are_drawn(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def noting(name: str) -> Draw:
        return lambda photo: drawn.append(name) or photo  # type: ignore[func-returns-value]

    draw_with(monkeypatch, tuned=noting("tuned"), base=noting("base"))
    rewrite(project, max_faces=1)
    evaluate.main()
    assert drawn == ["base", "tuned"]
    rewrite(project)
    evaluate.main()
    assert drawn[2:] == ["base", "tuned"]
    save_onnx(Generator(), project / "data/finetune/generator.onnx")
    evaluate.main()
    assert drawn[4:] == ["tuned", "tuned"]
    assert len(list((project / "data/judged/drawn").iterdir())) == 2  # the former model's drawings are gone


def test_a_release_is_what_was_judged_and_the_next_model_is_held_against_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_with(monkeypatch, tuned=np.copy, base=np.copy)
    rewrite(project, max_faces=1, gate=[{"score": "nme", "max": 0.5}])
    evaluate.main()
    with pytest.raises(UserError, match=r"judged on 1 faces of 1 people only; add people, or promote with --anyway"):
        promote.promote("first")
    place = promote.promote("first", anyway=True)
    assert (place / "generator.onnx").read_bytes() == (project / "data/finetune/generator.onnx").read_bytes()
    with pytest.raises(UserError, match="is there already"):
        promote.promote("first")
    torch.manual_seed(5)
    save_onnx(Generator(), project / "data/finetune/generator.onnx")
    with pytest.raises(UserError, match=r"another generator .* run `dvc repro evaluate` first"):
        promote.promote("second")
    draw_with(monkeypatch, tuned=stretched, base=np.copy)  # the release lies elsewhere, so it draws as the base does
    rewrite(project, release=str(place), gate=[{"score": "nme", "max": 0, "than": "release"}])
    evaluate.main()
    metrics, held = (json.loads((project / "reports" / f"{name}.json").read_text()) for name in ("metrics", "gate"))
    assert metrics["release"]["nme"] == metrics["base"]["nme"] < metrics["tuned"]["nme"]
    assert metrics["change_since_release"]["nme"] > 0.05
    assert (held["verdict"], held["findings"][0]["than"]) == ("fail", "release")
    with pytest.raises(UserError, match=r"the gate failed: nme is [0-9.]+, must be at most 0"):
        promote.promote("second")
    assert promote.promote("second", anyway=True).is_dir()


def test_who_left_is_in_nothing_that_was_kept_of_any_model(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept_faces() -> set[str]:
        shards = (project / "data/judged").rglob("*.parquet")
        return {row["face_id"] for shard in shards for row in pq.read_table(shard, columns=["face_id"]).to_pylist()}

    draw_with(monkeypatch, tuned=np.copy, base=np.copy)
    for name in ("first", "second"):
        (project / f"data/releases/{name}").mkdir(parents=True)
        torch.manual_seed(len(name))
        save_onnx(Generator(), project / f"data/releases/{name}/generator.onnx")
    rewrite(project, release="data/releases/first", max_drawings=1)
    evaluate.main()
    assert {f"{i:016x}-0" for i in range(2)} < kept_faces()
    rows = manifest.read(project / "data/pair.parquet", manifest.PAIR).to_pylist()
    manifest.write_rows(rows[1:], project / "data/pair.parquet", manifest.PAIR)
    rewrite(project, release="data/releases/second", max_drawings=1)
    evaluate.main()
    assert f"{0:016x}-0" not in kept_faces()


PASSED = {"verdict": "pass", "split": "test", "few": False, "faces": 40, "people": 20, "findings": []}


@pytest.mark.parametrize(
    ("said", "released", "reason"),
    [
        ({}, False, ""),
        ({"verdict": "none"}, False, "sets no limit"),
        ({"split": "train"}, False, "people whom its training saw"),
        ({"few": True}, False, "40 faces of 20 people only"),
        ({"findings": [{"than": "release", "outcome": "absent"}]}, False, ""),
        ({"findings": [{"than": "release", "outcome": "absent"}]}, True, "held against no release, and there is one"),
    ],
)
def test_what_speaks_against_a_release_is_told(
    project: Path, said: dict[str, Any], released: bool, reason: str
) -> None:
    if released:
        (project / "data/releases/first").mkdir(parents=True)
    found = promote.against(PASSED | said)
    assert reason in found
    assert bool(found) == bool(reason)


def test_without_a_teacher_and_without_drawings_the_faces_are_judged_all_the_same(project: Path) -> None:
    shutil.rmtree(project / "data/teacher")
    rows = manifest.read(project / "data/align/b.parquet", manifest.ALIGN).to_pylist()
    manifest.write_rows(
        [row for row in rows if row["role"] == "photo"], project / "data/align/b.parquet", manifest.ALIGN
    )
    evaluate.main()
    metrics = json.loads((project / "reports/metrics.json").read_text())
    assert metrics["tuned"].keys() >= {"identity", "nme"}
    assert not {"ssim", "style", "frechet"} & metrics["tuned"].keys()


def test_a_students_teacher_and_its_loss_are_behind_it(project: Path) -> None:
    (project / "data/student").mkdir()
    for name in ("generator.onnx", "history.csv"):
        shutil.copy(project / "data/finetune" / name, project / "data/student")
    card = json.loads((project / "data/finetune/card.json").read_text())
    taught = card | {"params": card["params"] | {"teacher": "finetune"}, "loss_encoder": None}
    (project / "data/student/card.json").write_text(json.dumps(taught))
    rewrite(project, model="student")
    evaluate.main()
    metrics = json.loads((project / "reports/metrics.json").read_text())
    assert metrics["encoders"] | {"loss": "none", "independent": "no"} == metrics["encoders"]
    assert metrics["change"]["identity"] == 0
    assert (
        "The loss of a model behind this one used the embedded identity network, which was distilled"
        in (project / "reports/index.html").read_text()
    )


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
def test_a_release_has_a_plain_name(project: Path, name: str) -> None:
    with pytest.raises(UserError, match="is no name; use letters"):
        promote.promote(name)
    assert not (project / "data/releases").exists()


def test_a_release_that_is_none_is_named_with_the_command_that_makes_one(project: Path) -> None:
    rewrite(project, release="data/releases/none")
    with pytest.raises(UserError, match=r"'data/releases/none', which holds no generator.onnx; `selfie2anime promote"):
        evaluate.main()


def tinted(photo: Image) -> Image:
    shift = np.array([60, 0, -60])
    return np.asarray(np.clip(photo.astype(np.int16) + shift, 0, 255), np.uint8)


def stretched(photo: Image) -> Image:
    matrix = np.array([[1.25, 0, -16], [0, 1, 0]])
    return np.asarray(cv2.warpAffine(photo, matrix, (128, 128), borderMode=cv2.BORDER_REFLECT), np.uint8)


def test_a_split_without_faces_is_named_with_the_remedy(project: Path) -> None:
    rewrite(project, split="val")
    with pytest.raises(UserError, match=r"no face in the split val; raise pair.val_share"):
        evaluate.main()
    assert not (project / "reports").exists()


def test_without_a_fine_tuned_model_the_command_that_makes_it_is_named(project: Path) -> None:
    shutil.rmtree(project / "data/finetune")
    with pytest.raises(UserError, match=r"card.json is missing; `dvc repro finetune` makes it"):
        evaluate.main()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"split": "testing"}, r"evaluate.split is 'testing'; use one of"),
        ({"max_faces": 0}, r"evaluate.max_faces is 0; use 1 or more"),
        ({"sheet": -1}, r"evaluate.sheet is -1; use 0 or more"),
        ({"deformed": 0.0}, r"evaluate.deformed is 0.0; use a number above 0"),
        ({"min_iou": 1.5}, r"evaluate.min_iou is 1.5; use above 0, up to 1"),
        ({"encoder": "dlip"}, r"evaluate.encoder is 'dlip'; did you mean dlib\?"),
        ({"features": "inception"}, r"evaluate.features is 'inception', and there is no such ONNX file"),
        ({"gate": [{"score": "identity"}]}, "has no limit"),
        ({"wurst": 3}, r"evaluate.wurst is unknown; did you mean worst\?"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_written(
    project: Path, values: dict[str, Any], message: str
) -> None:
    rewrite(project, **values)
    with pytest.raises(UserError, match=message):
        evaluate.main()
    assert not (project / "reports").exists()


def test_drawings_that_a_training_pair_showed_are_not_in_the_style_set(project: Path) -> None:
    anime = "0000000000000009-0"
    assert evaluate.COLLECTION.style_set("test", 9, paired=True) == [anime]
    manifest.write_rows([pair("0000000000000002-0", "p", "train", anime)], project / "data/pair.parquet", manifest.PAIR)
    assert evaluate.COLLECTION.style_set("test", 9, paired=True) == []
