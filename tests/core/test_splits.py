from collections import Counter

import pytest

from tasks.core.errors import UserError
from tasks.core.splits import check_shares, split_of


def test_shares_are_met_over_many_people() -> None:
    counts = Counter(split_of(f"person {n}", 0.1, 0.2, 0) for n in range(10_000))
    assert counts["val"] == pytest.approx(1000, rel=0.1)
    assert counts["test"] == pytest.approx(2000, rel=0.1)


def test_a_larger_test_share_moves_nobody_out_of_test() -> None:
    before = {n for n in range(1000) if split_of(str(n), 0.1, 0.2, 0) == "test"}
    assert before <= {n for n in range(1000) if split_of(str(n), 0.1, 0.3, 0) == "test"}


def test_shares_that_leave_nothing_to_train_on_are_refused() -> None:
    with pytest.raises(UserError, match=r"pair.val_share 0.5 and pair.test_share 0.5 leave nothing"):
        check_shares("pair", 0.5, 0.5)
