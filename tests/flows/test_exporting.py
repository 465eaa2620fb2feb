import pytest

from flows import cli, exporting
from tasks.export import Request


def test_the_options_say_what_the_request_says_by_itself() -> None:
    chosen = cli.parser().parse_args(["export", "--format", "parquet", "--out", "there"])
    given = {name: value for name, value in vars(chosen).items() if name != "command"}
    assert Request(**given) == Request("parquet", "there")


@pytest.mark.parametrize(
    ("text", "words"), [("train", ("train",)), ("train, test", ("train", "test")), ("", ()), (",", ())]
)
def test_words_stand_between_commas(text: str, words: tuple[str, ...]) -> None:
    assert exporting.words(text) == words


def test_a_mistake_ends_with_exit_code_2_and_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = cli.parser().parse_args(["export", "--format", "parket", "--out", "there"])
    assert cli.guarded(chosen) == 2
    assert "did you mean parquet?" in capsys.readouterr().err
