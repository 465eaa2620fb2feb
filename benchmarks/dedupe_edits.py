"""Which edited copies dedupe finds: `python -m benchmarks.dedupe_edits FOLDER... [--peer PYTHON]`.

Every picture below the folders is edited in each way, encoded, and taken in as ingest would; then the original and its
copy have to be one, and no two others. Originals that are copies of each other already count as one picture: they are
what all rules agree on at the originals alone, and the report lists them to be looked at. With --peer, a Python that
has imagededup, its PHash runs over the same files at its own default distance.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.bench import machine
from tasks.core import image, manifest, thumbs
from tasks.core.hamming import distance
from tasks.core.image import Image
from tasks.core.measures import measured
from tasks.core.pool import pool
from tasks.dedupe import Params, Prints

OUT, PEER = Path("reports/benchmarks/dedupe-edits.md"), Path(__file__).with_name("imagededup_phash.py")
PEER_DISTANCE = 10  # imagededup's default
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
ROWS = 256  # of the comparison of everything with everything, at a time

Matrix = NDArray[np.bool_]
Rule = Callable[[NDArray[np.int64], NDArray[np.int64]], Matrix]  # rows and rows -> which count as one


def jpeg(picture: Image) -> bytes:
    """A copy saved as well as most programs do."""
    return image.encode_jpeg(picture, 92)


def half(picture: Image) -> bytes:
    """Half as wide and high."""
    return jpeg(image.resize(picture, picture.shape[1] // 2, picture.shape[0] // 2))


def lit(factor: float) -> Callable[[Image], bytes]:
    """Brighter or darker, clipped at white."""
    return lambda picture: jpeg(np.clip(picture * factor, 0, 255).astype(np.uint8))


def grey(picture: Image) -> bytes:
    """Without colour."""
    return jpeg(np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8))


def overlaid(picture: Image) -> bytes:
    """A line of white text with a black rim across the lower edge."""
    drawn, scale = picture.copy(), picture.shape[1] / 256
    place, font = (int(8 * scale), picture.shape[0] - int(14 * scale)), cv2.FONT_HERSHEY_SIMPLEX
    for colour, width in ((0, 4), (255, 2)):
        thick = max(int(width * scale), 1)
        cv2.putText(drawn, "@selfie_of_the_day", place, font, 0.7 * scale, (colour,) * 3, thick, cv2.LINE_AA)
    return jpeg(drawn)


def cropped(picture: Image) -> bytes:
    """Five percent of the width and of the height cut off, half on each side."""
    down, right = (round(side * 0.025) for side in picture.shape[:2])
    return jpeg(picture[down : picture.shape[0] - down, right : picture.shape[1] - right])


EDITS: dict[str, Callable[[Image], bytes]] = {
    "half the size": half,
    "JPEG 40": lambda picture: image.encode_jpeg(picture, 40),
    "brightness +30 %": lit(1.3),
    "brightness +15 %": lit(1.15),
    "brightness -30 %": lit(0.7),
    "grey": grey,
    "overlaid text": overlaid,
    "cropped by 5 %": cropped,
    "mirrored": lambda picture: jpeg(picture[:, ::-1]),
}
BEYOND = ("cropped by 5 %", "mirrored")  # what no promise covers


@dataclass(frozen=True)
class Score:
    """What a rule does to the copies of one edit among all originals and copies."""

    found: int
    copies: int
    wrong: int  # pairs of other pictures that count as one
    right: int

    @property
    def recall(self) -> float:
        """Share of the copies that are found."""
        return self.found / max(self.copies, 1)

    @property
    def precision(self) -> float:
        """Share of the pairs called one picture that are."""
        return self.right / max(self.right + self.wrong, 1)


def main() -> None:
    """Edit, compare, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--peer", type=Path, help="a Python that has imagededup")
    asked = parser.parse_args()
    files = sorted(file for folder in asked.folders for file in folder.rglob("*") if file.suffix.lower() in ENDINGS)
    with tempfile.TemporaryDirectory() as scratch, pool() as workers:
        taken = [row for rows in workers.map(Editor(Path(scratch)), list(enumerate(files))) for row in rows]
        rules: dict[str, Rule] = {"dedupe": ours(taken, Params())}
        if asked.peer:
            rules["imagededup"] = theirs(asked.peer, Path(scratch), len(taken))
        same = owners(len(files), rules)
        scores = {name: scored(rule, same) for name, rule in rules.items()}
    with manifest.whole(OUT) as part:
        part.write_text(report(files, same, scores))


@dataclass(frozen=True)
class Editor:
    """(number, file) -> what ingest measures of the picture and of each copy; the files stay in the folder."""

    folder: Path

    def __call__(self, numbered: tuple[int, Path]) -> list[dict[str, object]]:
        """The original first, then the copies in order of EDITS."""
        number, file = numbered
        picture = image.decode(file.read_bytes())
        made = [image.encode_png(picture), *(edit(picture) for edit in EDITS.values())]
        for kind, data in enumerate(made):
            (self.folder / f"{number:06d}-{kind}.jpg").write_bytes(data)
        return [{name: row[name] for name in ("phash", "thumb")} for row in (measured(data, 1000) for data in made)]


def ours(taken: Sequence[dict[str, object]], given: Params) -> Rule:
    """The rule of dedupe: candidates by either hash, then the second signal."""
    table = pd.DataFrame(taken)
    cells = np.stack([np.frombuffer(thumb, np.uint8) for thumb in table["thumb"]])
    prints = Prints(table["phash"].to_numpy(np.uint64), thumbs.gradient_hash(cells), cells)

    def rule(one: NDArray[np.int64], other: NDArray[np.int64]) -> Matrix:
        near = [distance(hashes[one][:, None], hashes[other]) for hashes in (prints.phash, prints.gradient)]
        same = np.minimum(*near) <= given.max_distance
        i, j = np.nonzero(same)
        same[i, j] = prints.alike(given, one[i], other[j])
        return same

    return rule


def theirs(python: Path, folder: Path, count: int) -> Rule:
    """The PHash of imagededup, of the same files and at its own distance."""
    done = subprocess.run([python, PEER, folder], check=True, capture_output=True, text=True)
    by_name = json.loads(done.stdout)
    hashes = np.array([int(by_name[name], 16) for name in sorted(by_name)], np.uint64)
    if len(hashes) != count:
        raise ValueError(f"{python} hashed {len(hashes)} of {count} files")
    return lambda one, other: distance(hashes[one][:, None], hashes[other]) <= PEER_DISTANCE


def owners(pictures: int, rules: dict[str, Rule]) -> NDArray[np.int64]:
    """The first of the originals that every rule calls the same as this one, itself where there is none."""
    originals = np.arange(pictures) * (len(EDITS) + 1)
    same = np.logical_and.reduce([rule(originals, originals) for rule in rules.values()])
    return np.asarray((same | np.eye(pictures, dtype=np.bool_)).argmax(axis=1), np.int64)


def scored(rule: Rule, same: NDArray[np.int64]) -> dict[str, Score]:
    """Each edit's copies, and all but those of BEYOND, against the originals and all the copies of that selection."""
    kinds = list(EDITS)
    scores = {name: score(rule, same, [kind + 1]) for kind, name in enumerate(kinds)}
    promised = [kind + 1 for kind, name in enumerate(kinds) if name not in BEYOND]
    return scores | {"all but the last two": score(rule, same, promised)}


def score(rule: Rule, same: NDArray[np.int64], kinds: list[int]) -> Score:
    """Recall of the originals' copies; precision over all pairs of originals and copies of these kinds."""
    step = len(EDITS) + 1
    rows = np.add.outer(np.arange(len(same)) * step, [0, *kinds]).ravel()
    found = right = wrong = 0
    for block in blocks(rows):
        is_one, is_same = rule(block, rows), same[block // step][:, None] == same[rows // step]
        later = block[:, None] < rows
        right += int((is_one & is_same & later).sum())
        wrong += int((is_one & ~is_same & later).sum())
        of_original = (block % step == 0)[:, None] & (block[:, None] // step == rows // step)
        found += int((is_one & of_original & later).sum())
    return Score(found, len(same) * len(kinds), wrong, right)


def blocks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The rows, ROWS at a time."""
    return (rows[at : at + ROWS] for at in range(0, len(rows), ROWS))


def report(files: Sequence[Path], same: NDArray[np.int64], scores: dict[str, dict[str, Score]]) -> str:
    """Markdown: a line per edit, beside each other the rules; then the originals that are copies themselves."""
    names = {"dedupe": f"dedupe ({Params()})", "imagededup": f"imagededup's PHash, distance <= {PEER_DISTANCE}"}
    lines = [
        "# Edited copies found by dedupe",
        f"{len(files)} pictures, {len(EDITS)} edits each. {machine()} imagehash {version('imagehash')}.",
        "Recall: share of the copies that count as one picture with their original. "
        "Precision: share of the pairs, of all\n"
        "originals and copies of that edit, that are one picture among those that count as one; "
        "wrong: those that are not. " + "; ".join(names[name] for name in scores) + ".",
        table(scores),
    ]
    copies = [f"* {files[n].parent.name}/{files[n].name} = {files[o].name}" for n, o in enumerate(same) if n != o]
    lines.append("Originals that are copies already, counted as one picture:\n\n" + ("\n".join(copies) or "none"))
    return "\n\n".join(lines) + "\n"


def table(scores: dict[str, dict[str, Score]]) -> str:
    """One row for each edit."""
    heads = [f"{name} {what}" for name in scores for what in ("recall", "precision", "wrong")]
    lines = ["| edit | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for edit in next(iter(scores.values())):
        cells = [scores[name][edit] for name in scores]
        figures = [f"{cell.recall:.3f} | {cell.precision:.4f} | {cell.wrong}" for cell in cells]
        lines.append(f"| {edit} | " + " | ".join(figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
