import base64

import pytest

from tasks.core.errors import UserError
from tasks.core.image import decode
from tasks.pages.album import LOOKS, Album, fitted
from tests.pages.comparison import noise

PICTURES = {f"{seed}-photo": noise(seed, 280) for seed in range(4)}


def sides(album: Album) -> set[int]:
    return {decode(base64.b64decode(address.split(",")[1])).shape[0] for address in album.addresses.values()}


def test_pictures_are_as_large_as_the_page_can_show_them_where_there_is_room() -> None:
    album = fitted(PICTURES, 10_000_000)
    assert (album.look, album.reduced, sides(album)) == (LOOKS[0], False, {LOOKS[0].side})


@pytest.mark.parametrize("budget", [200_000, 80_000, 20_000])
def test_they_shrink_until_they_fit_and_the_album_knows_it(budget: int) -> None:
    album = fitted(PICTURES, budget)
    assert album.size <= budget
    assert album.reduced
    assert sides(album) == {album.look.side}


def test_the_largest_look_that_fits_is_taken() -> None:
    album = fitted(PICTURES, 80_000)
    assert fitted(PICTURES, album.size).look == album.look
    assert fitted(PICTURES, album.size - 1).look.side < album.look.side


def test_a_foretold_size_never_lets_an_album_exceed_its_budget() -> None:
    many = {f"{seed}": noise(seed % 7, 48 + 4 * (seed % 20)) for seed in range(120)}
    assert fitted(many, 330_000).size <= 330_000


def test_what_cannot_fit_is_told_with_the_settings_that_ask_for_it() -> None:
    with pytest.raises(UserError, match=r"4 pictures do not fit .* evaluate\.worst"):
        fitted(PICTURES, 1_000)


def test_no_picture_needs_no_room() -> None:
    assert fitted({}, 0).addresses == {}
