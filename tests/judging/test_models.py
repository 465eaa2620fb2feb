from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.core.errors import UserError
from tasks.core.shards import file_digest
from tasks.deploy.export import save_weights
from tasks.judging import models
from tasks.nets.generator import Generator


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The card of a training from a file of one's own, in a project whose params.yaml says where that lies."""
    own = tmp_path / "elsewhere/ink.safetensors"
    own.parent.mkdir()
    save_weights(Generator().state_dict(), own)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"finetune": {"init": str(own)}}))
    (tmp_path / "data/finetune").mkdir(parents=True)
    (tmp_path / "data/finetune/generator.onnx").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    init = {"name": own.name, "digest": file_digest(own)}
    return {"init": init, "loss_encoder": None, "params": {"recipe": "paired", "architecture": "animeganv2"}}


def test_what_training_started_from_is_found_where_params_say_and_told_without_its_folder(
    trained: dict[str, Any],
) -> None:
    with models.compared("finetune", None, trained) as found:
        assert found["base"].path.stat().st_size > 1_000_000
        assert found["base"].words == f"ink.safetensors (sha256 {trained['init']['digest'][:16]})"


def test_another_file_than_training_started_from_is_no_base(trained: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "elsewhere/ink.safetensors").write_bytes(b"another")
    said = r"finetune.init is '.*ink.safetensors', and finetune was trained from ink.safetensors \(sha256 .*train anew"
    with pytest.raises(UserError, match=said), models.compared("finetune", None, trained):
        pass
