import numpy as np

from tasks.judging.gate import Gate
from tasks.pages import slices
from tests.pages.comparison import held, result


def test_every_score_that_is_measured_by_slice_has_a_board_with_every_slice() -> None:
    found = result(faces=90, people=30)
    boards = {board.name: board for board in slices.boards(found, Gate((), 40, 40))}
    assert "identity" in boards
    assert "quality" not in boards
    assert [line.part for line in boards["identity"].lines] == found.slices


def test_a_slice_shows_every_model_in_numbers_and_in_dots() -> None:
    found = result(faces=90, people=30, released=True)
    line = slices.boards(found, Gate((), 40, 40))[1].lines[0]
    scores = {model: part["identity"].value for model, part in line.part.scores.items()}
    assert {model: mean.text for model, mean in line.models.items()} == {m: f"{v:.3f}" for m, v in scores.items()}
    assert [f'class="mean {name}"' in line.dots for name in ("base", "release", "new")] == [True] * 3


def test_a_slice_that_the_gate_fails_says_so() -> None:
    found = result(-0.45, faces=90, people=30)
    board = next(board for board in slices.boards(found, held(found)) if board.name == "identity")
    assert {line.outcome for line in board.lines if line.part.trait == "glasses"} == {"fail"}
    assert {line.outcome for line in board.lines if line.part.trait == "skin tone"} == {""}


def test_without_traits_there_is_no_board() -> None:
    found = result()
    found.slices.clear()
    assert slices.boards(found, Gate((), 40, 40)) == []


def test_all_dots_of_a_board_lie_on_one_scale() -> None:
    found = result(faces=90, people=30)
    board = slices.boards(found, Gate((), 40, 40))[1]
    marks = {line.dots.split('class="mark" d="M')[1].split()[0] for line in board.lines}
    assert len(marks) == 1
    assert not np.isnan(float(marks.pop()))
