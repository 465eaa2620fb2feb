from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.sources import place


@pytest.mark.parametrize("ask", [place.opened, place.digest])
def test_a_file_that_went_away_is_an_error_with_a_remedy(tmp_path: Path, ask: Callable[[str], object]) -> None:
    with pytest.raises(UserError, match=r"a.jpg cannot be read: No such file or directory; let it be read"):
        ask(str(tmp_path / "a.jpg"))
