"""What the steps after the generator cost, and what the guards mend: `python -m benchmarks.after FACES DRAWINGS`.

FACES is a folder of aligned faces (data/align), DRAWINGS one of their drawings (data/drawn of mode face, data/teacher).
Times are CPU time, medians over faces at 512 x 512 on one core. What is counted is counted at the faces' own
size: drawings whose hair is green where the photo's is not, lenses with flecks, and what a guard changes of the rest.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from tasks.after import hair, lens
from tasks.after.colour import lab
from tasks.after.steps import Steps, finish
from tasks.bench import machine
from tasks.core import image, manifest
from tasks.core.image import Image
from tasks.core.pictures import Pictures
from tasks.faces.geometry import Points, resized, transform
from tasks.faces.hair_mask import hair_mask

OUT = Path("reports/benchmarks/after.md")
SIDE, TIMED = 512, 40
ALONE = {
    "lens": Steps(lens=1),
    "hair": Steps(hair=1),
    "denoise": Steps(denoise=20),
    "colour": Steps(colour=1),
    "grey_world": Steps(grey_world=1),
    "sharpen": Steps(sharpen=0.5),
    "strength": Steps(strength=0.8),
}
ALL = Steps(lens=1, hair=1, denoise=20, colour=1, grey_world=1, sharpen=0.5, strength=0.8)
STRANGE = 3.0  # Lab units beyond what the guard allows, from which hair counts as strange
FLECKED = 0.01  # share of the lenses from which they count as flecked

Case = tuple[Image, Image, Points]


def main() -> None:
    """Time, count, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=Path)
    parser.add_argument("drawings", type=Path)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    cases = list(pairs(asked.faces, asked.drawings))
    lines = [f"# Steps after the generator\n\n{machine()}", times(cases[:: max(1, len(cases) // TIMED)])]
    with manifest.whole(OUT) as part:
        part.write_text("\n\n".join([*lines, counts(cases)]) + "\n")
    print(OUT.read_text())


def pairs(faces: Path, drawings: Path) -> Iterator[Case]:
    """Photo, drawing and 68 landmarks of every face that has been drawn."""
    schema = manifest.TEACHER if any("teacher" in part for part in drawings.parts) else manifest.DRAWN
    drawn = Pictures(drawings, schema, "face_id")
    for shard in manifest.shards(faces):
        for row in manifest.read(shard, manifest.ALIGN, ["face_id", "image", "landmarks68"]).to_pylist():
            data = drawn.read(row["face_id"]) if row["face_id"] in drawn else None
            if data:
                marks = np.asarray(row["landmarks68"], np.float64).reshape(68, 2)
                yield image.decode_own(row["image"]["bytes"]), image.decode_own(data), marks


def times(cases: Sequence[Case]) -> str:
    """Markdown: milliseconds of each step alone and of all together."""
    large = [enlarged(case) for case in cases]
    wearers = [case for case in large if lens.worn(case[0], case[2])]
    rows = [(name, large, steps) for name, steps in ALONE.items()]
    rows += [("all", large, ALL), ("lens, on wearers", wearers, ALONE["lens"]), ("all, on wearers", wearers, ALL)]
    lines = [f"| step at {SIDE} x {SIDE}, one core | CPU ms, median | faces |", "|---|---|---|"]
    lines += [f"| {name} | {milliseconds(some, steps):.1f} | {len(some)} |" for name, some, steps in rows if some]
    return "\n".join(lines)


def enlarged(case: Case) -> Case:
    """The same face at SIDE."""
    photo, drawing, marks = case
    scale = SIDE / len(photo)
    return image.resize(photo, SIDE, SIDE), image.resize(drawing, SIDE, SIDE), transform(resized(scale), marks)


def milliseconds(cases: Sequence[Case], steps: Steps) -> float:
    """The median over the cases."""
    took = []
    for photo, drawing, marks in [cases[0], *cases]:  # the first one warms up
        began = time.process_time()
        finish(photo, drawing, steps, marks)
        took.append(time.process_time() - began)
    return statistics.median(took[1:]) * 1000


def counts(cases: Sequence[Case]) -> str:
    """Markdown: what was wrong before and after each guard, and what it changed elsewhere, in grey levels."""
    mended = [hair.guarded(photo, drawing, marks, 1.0) for photo, drawing, marks in cases]
    pairs_of = list(zip(cases, mended, strict=True))
    before = [hair.strange(photo, drawing, marks) for photo, drawing, marks in cases]
    after = [hair.strange(photo, better, marks) for (photo, _, marks), better in pairs_of]
    greens = [(green(case, case[1]), green(case, better)) for case, better in pairs_of]
    wearers = [case for case in cases if lens.worn(case[0], case[2])]
    clean = [lens.guarded(photo, drawing, marks, 1.0) for photo, drawing, marks in wearers]
    spoilt = [lens.flecks(*case) for case in wearers]
    left = [lens.flecks(case[0], better, case[2]) for case, better in zip(wearers, clean, strict=True)]
    known = sum(value is not None for value in before)
    lines = [
        f"| {len(cases)} faces, hair found in {known}, glasses in {len(wearers)} | drawn | guarded |",
        "|---|---|---|",
        f"| green hair, the photo's is not | {sum(a for a, _ in greens)} | {sum(b for _, b in greens)} |",
        f"| hair {STRANGE:g} or more beyond the allowed | {over(before, STRANGE)} | {over(after, STRANGE)} |",
        f"| lenses with {FLECKED:.0%} or more of flecks | {over(spoilt, FLECKED)} | {over(left, FLECKED)} |",
        f"| mean share of flecks | {np.mean(spoilt or [0]):.2%} | {np.mean(left or [0]):.2%} |",
        f"| mean change where no hair is, grey levels | | {np.mean([elsewhere(*pair) for pair in pairs_of]):.3f} |",
    ]
    return "\n".join(lines)


def green(case: Case, drawing: Image) -> bool:
    """Whether the median colour of the hair is green (a* below -4, hue 100 to 200 degrees), and the photo's is not."""
    photo, _, marks = case
    mask = hair_mask(photo, marks) > 0.5
    if not mask.any():
        return False
    here, there = (np.median(lab(picture)[mask][:, 1:], axis=0) for picture in (drawing, photo))
    hue = np.degrees(np.arctan2(here[1], here[0])) % 360
    return bool(here[0] < -4 and 100 < hue < 200 and there[0] > -2)


def over(values: Sequence[float | None], limit: float) -> int:
    """How many are known and at or above the limit."""
    return sum(value is not None and value >= limit for value in values)


def elsewhere(case: Case, mended: Image) -> float:
    """The mean absolute change where the mask of hair is 0."""
    photo, drawing, marks = case
    rest = hair_mask(photo, marks) == 0
    return float(np.abs(mended.astype(np.int16) - drawing)[rest].mean()) if rest.any() else 0.0


if __name__ == "__main__":
    main()
