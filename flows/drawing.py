"""The options of `selfie2anime stylize`, and what the command does with them."""

import argparse
from pathlib import Path

OPTIONS = {
    "mode": (str, "face | frame | paste"),
    "size": (int, "pixels of a face's crop"),
    "max_side": (int, "pixels; of frame and paste: a larger photo is reduced to it"),
    "backdrop": (str, "of paste, around the faces: drawn | photo"),
    "format": (str, "webp | png | avif | jpeg"),
    "quality": (int, "1 to 100"),
    "runtime": (str, "auto, or a runtime by name"),
    "lens": (float, "0 to 1: how clean the lenses of glasses are kept"),
    "hair": (float, "0 to 1: how near the photo's the colour of hair is held"),
    "denoise": (float, "grey levels that count as noise"),
    "colour": (float, "0 to 1: share of the photo's colours taken over"),
    "grey_world": (float, "0 to 1: share of the colour cast taken away"),
    "sharpen": (float, "amount of an unsharp mask"),
    "strength": (float, "0: the photo, 1: the drawing"),
}


def add_options(command: argparse.ArgumentParser) -> None:
    """Declare them; what is not given is as params.yaml has it, and what a value may be is checked where it is used."""
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="pictures, or folders of them")
    command.add_argument("--out", type=Path, required=True, help="folder to write to")
    command.add_argument("--model", default="auto", help="auto | finetune | student | base | an .onnx file")
    command.add_argument(
        "--eight-bits", action="store_true", default=None, help="the INT8 generator, where there is one"
    )
    command.add_argument("--wishes", type=words, help="of a controlled generator, such as hair=black,style=ghibli")
    command.add_argument("--c2pa", action="store_true", help="sign with Content Credentials")
    for name, (kind, told) in OPTIONS.items():
        command.add_argument(f"--{name.replace('_', '-')}", type=kind, help=told)


def words(text: str) -> list[str]:
    """What stands between the commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def perform(chosen: argparse.Namespace) -> int:
    """Draw, and say what came of it: 2 where a file could not be drawn; the others are there then."""
    from tasks.draw import Request, draw

    names = [*OPTIONS, "eight_bits", "wishes"]
    settings = {name: getattr(chosen, name) for name in names if getattr(chosen, name) is not None}
    outcome = draw(Request(tuple(chosen.files), chosen.out, chosen.model, chosen.c2pa, settings))
    print(f"{len(outcome.written)} drawn to {chosen.out}")
    for path, reason in outcome.refused:
        print(f"not drawn: {path}: {reason}")
    return 2 if outcome.refused else 0
