from pathlib import Path

import pytest

from tasks.training import history

ROWS = [
    {"step": 1.0, "lr": 0.1, "l1": 1 / 3},
    {"step": 2.0, "lr": 0.1, "l1": 0.25, "identity": 1e-17},
    {"step": 3.0, "lr": 0.2, "identity": 0.5},
]


def test_rows_come_back_from_columns_to_the_bit() -> None:
    assert history.unpack(history.pack(ROWS)) == ROWS
    assert history.unpack(history.pack([])) == []


def test_a_loss_that_a_step_did_not_have_stays_empty(tmp_path: Path) -> None:
    history.write(ROWS, tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text().splitlines() == [
        "step,identity,l1,lr",
        "1,,0.333333,0.1",
        "2,1e-17,0.25,0.1",
        "3,0.5,,0.2",
    ]


def test_an_epoch_is_told_by_the_means_of_what_its_steps_had() -> None:
    assert history.mean(ROWS) == {"identity": pytest.approx(0.25), "l1": pytest.approx(7 / 24)}
    assert history.told({"l1": 0.25}) == "l1 0.250"
