"""Put photos beside drawings: by hand, by matching, and by a teacher; and split so that no person is on two sides.

Matched pairs are candidates for people to review; what reviewers accept stays a pair, also when matching no longer
proposes it; pairs of a CSV and of a teacher are accepted. Every pair has the split of its photo's person, which stays
when batches are added at the end of ingest.sources: people are told apart in order of arrival. A photo between people
of two splits has rejected pairs only, and a drawing is accepted on one side: that of the first of its pairs, those by
hand before reviewed ones, and these before other matches.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.core import arrival, manifest, params
from tasks.core.errors import UserError, require
from tasks.core.splits import check_shares, split_of
from tasks.core.stage import log, start
from tasks.faces import finder
from tasks.faces.backend import Encoder
from tasks.faces.finder import Settings
from tasks.pairing import handmade, matching
from tasks.pairing.pairs import Pair, one_sided, rows_of
from tasks.pairing.people import Place, Sighting, places
from tasks.pairing.similarity import UNKNOWN, Traits
from tasks.reviewing import decisions, opinions
from tasks.reviewing.opinions import Opinions
from tasks.styles import taught, teacher

ALIGN, LABEL, INGEST = Path("data/align"), Path("data/label.parquet"), Path("data/ingest")
BATCHES, DEDUPE = Path("data/batches.parquet"), Path("data/dedupe.parquet")
MANUAL = Path("data/sources/pairs.csv")
TEACHER, OUT, REPORT = Path("data/teacher"), Path("data/pair.parquet"), Path("reports/pair.json")
FACE = ["face_id", "id", "role", "embedding"]
ANGLES, COMPARED = ["yaw", "pitch", "roll"], ["expression", "gender"]
UNTOLD = [np.nan] * 9  # colours of a face that has none


@dataclass(frozen=True)
class Params:
    """The `pair` section of params.yaml."""

    teacher: str = "cel"  # cel, none, a model of the registry, or the path of an .onnx stylizer
    teacher_colour: str = "rgb"  # the channel order of an .onnx teacher
    min_match: float = 0.6  # score from which a match becomes a candidate
    auto_accept: float = 1.0  # score above which nobody needs to look at it; 1: a person looks at every match
    top_k: int = 3  # matches per photo: the drawing assigned to it, then the next best
    # Above the encoder's threshold: faces this alike are one person. Lower, more strangers stand between splits and are
    # left out; higher, more people without a subject on record end up on two sides.
    person_margin: float = 0.1
    val_share: float = 0.125
    test_share: float = 0.25
    seed: int = 1

    def __post_init__(self) -> None:
        require(0 <= self.min_match <= 1, f"pair.min_match is {self.min_match}; use 0 to 1")
        accepts = f"pair.auto_accept is {self.auto_accept}; use pair.min_match ({self.min_match}) to 1"
        require(self.min_match <= self.auto_accept <= 1, accepts)
        require(self.top_k >= 1, f"pair.top_k is {self.top_k}; use 1 or more")
        check_shares("pair", self.val_share, self.test_share)


def main() -> None:
    """data/align, data/label.parquet, pairs.csv and reviews of data/sources -> data/teacher, data/pair.parquet."""
    given, settings = params.load("pair", Params), params.load("faces", Settings)
    master = teacher.find(given.teacher, given.teacher_colour, settings.licence)
    drawn = taught.update(ALIGN, TEACHER, master) if master else []
    pictures, faces = arrival.read(INGEST, DEDUPE, BATCHES), read_faces()
    photos, drawings = (faces[faces["role"] == role].reset_index(drop=True) for role in ("photo", "anime"))
    placed = people(photos, pictures[pictures["role"] == "photo"], finder.opened(settings).encoder, given)
    pairs, gone = by_hand(faces, pictures)
    sided = photos[[placed[face].split is not None for face in photos["face_id"]]]
    held = opinions.of_kind(decisions.logs(decisions.REVIEWS), decisions.PAIR)
    pairs += reviewed(matched(sided, drawings, given), held, partial(proposed, sided, drawings, given))
    pairs += [Pair(face, None, "teacher", teacher=master.name) for face in drawn if master]
    rows = rows_of(one_sided(pairs, placed), placed)
    unused = sum(not {*of.split("/")} <= {*faces["face_id"]} for of in held)
    counts = count(rows, placed) | {"reviewed": len(held) - unused, "unused": unused + gone}
    if master is None:
        taught.clear(TEACHER)
    manifest.write_rows(rows, OUT, manifest.PAIR)
    manifest.write_json(REPORT, counts)
    log.info("pair: %s", counts)


def read_faces() -> pd.DataFrame:
    """Every aligned face with its labels; `number` is its place in its picture."""
    labels = manifest.read(LABEL, manifest.LABEL, ["face_id", *ANGLES, "colours", *COMPARED]).to_pandas()
    faces: pd.DataFrame = manifest.read_all(ALIGN, manifest.ALIGN, FACE).to_pandas()
    numbers = faces["face_id"].str.rsplit("-", n=1).str[-1].astype(int)
    return faces.assign(number=numbers).merge(labels, on="face_id", how="left")


def by_hand(faces: pd.DataFrame, pictures: pd.DataFrame) -> tuple[list[Pair], int]:
    """The pairs of pairs.csv, and how many of its lines are about pictures that did not come through."""
    if not MANUAL.is_file():
        return [], 0
    met = manifest.read_all(INGEST, manifest.INGEST, ["id", "name", "role"]).to_pandas()
    found, unused = handmade.pairs(MANUAL, faces, pictures, met)
    return [Pair(photo, anime, "manual", reasons="by hand") for photo, anime in found], unused


def people(photos: pd.DataFrame, pictures: pd.DataFrame, encoder: Encoder, given: Params) -> dict[str, Place]:
    """Photo's face_id -> person and split, decided in order of arrival; UserError where there is no photo."""
    if photos.empty:
        raise UserError(f"{ALIGN} holds no photo's face; see {Path('reports/quality.json')} for what took them")
    rows, seen = sightings(photos, pictures)
    side = partial(split_of, val_share=given.val_share, test_share=given.test_share, seed=given.seed)
    embeddings = vectors(photos["embedding"])[rows]
    found = places(seen, embeddings, encoder, encoder.same + given.person_margin, side)
    named = zip(photos["face_id"].iloc[rows], seen, found, strict=True)
    return {face: place for face, sighting, place in named if sighting.key == face}


def sightings(photos: pd.DataFrame, pictures: pd.DataFrame) -> tuple[list[int], list[Sighting]]:
    """Rows of the photos' faces in order of arrival, and what is on record of each.

    A face is seen with every copy of its picture, when that came and with its record: what was bound to a copy stays
    bound when a better one takes its place. The face's own place is the one it has when its own picture came.
    """
    came = arrival.arrivals(pictures)
    faces = zip(photos["id"], photos["number"], strict=True)
    events = sorted((at, number, row, came[id_][0].id) for row, (id_, number) in enumerate(faces) for at in came[id_])
    seen = [Sighting(f"{at.id}-{number}", at.subject, first) for at, number, _, first in events]
    return [row for _, _, row, _ in events], seen


def matched(photos: pd.DataFrame, drawings: pd.DataFrame, given: Params) -> list[Pair]:
    """The drawing assigned to each photo and the next best; accepted above `auto_accept`, else to be reviewed."""
    found = matching.matches(traits(photos), traits(drawings), given.min_match, given.top_k)
    ids, others = photos["face_id"].tolist(), drawings["face_id"].tolist()
    return [
        Pair(ids[m.photo], others[m.anime], "match", m.score, m.rank, status(m.score, m.rank, given), m.reasons)
        for m in found
    ]


def status(score: float, rank: int, given: Params) -> str:
    """Whether a match is accepted unseen: only the assigned drawing can be."""
    return "accepted" if rank == 1 and score > given.auto_accept else "candidate"


def reviewed(
    pairs: Sequence[Pair], held: Mapping[str, Opinions], propose: Callable[[str, str], Pair | None]
) -> list[Pair]:
    """The matches as reviewers left them, the accepted ones first; `held` is by '<photo>/<drawing>'.

    An accepted pair that is not among the matches is asked of `propose`, which has None for faces that left.
    """
    told = {f"{pair.photo}/{pair.anime}": pair for pair in pairs}
    for of, opinion in held.items():
        pair = told.get(of) or (propose(*of.split("/")) if opinions.status(opinion) == "accepted" else None)
        if pair:
            told[of] = judged(pair, opinion)
    first = [of for of in told if of in held and told[of].status == "accepted"]
    return [told[of] for of in dict.fromkeys([*first, *told])]


def judged(pair: Pair, held: Opinions) -> Pair:
    """A match with what its reviewers say of it; why it was proposed is no matter for one that they reject."""
    became, said = opinions.status(held), opinions.spoken(held)
    return replace(pair, status=became, reasons=said if became == "rejected" else f"{pair.reasons}; {said}")


def proposed(photos: pd.DataFrame, drawings: pd.DataFrame, given: Params, photo: str, anime: str) -> Pair | None:
    """A pair beyond the best, with its score; None where one of the faces is not there."""
    one, other = photos[photos["face_id"] == photo], drawings[drawings["face_id"] == anime]
    alone = replace(given, min_match=0, top_k=1)
    return next((replace(pair, rank=given.top_k + 1) for pair in matched(one, other, alone)), None)


def traits(faces: pd.DataFrame) -> Traits:
    """What matching compares, in the order of the faces."""
    colours = [UNTOLD if shades is None else shades for shades in faces["colours"]]
    return Traits(
        faces[ANGLES].to_numpy(np.float64, na_value=np.nan),
        np.array(colours, np.float64).reshape(-1, 9),
        vectors(faces["embedding"]),
        {name: faces[name].fillna(UNKNOWN).tolist() for name in COMPARED},
    )


def vectors(cells: "pd.Series[Any]") -> NDArray[np.float32]:
    """One row per cell; n x d."""
    return np.stack(cells.to_list()).astype(np.float32) if len(cells) else np.empty((0, 0), np.float32)


def count(rows: list[dict[str, Any]], placed: dict[str, Place]) -> dict[str, Any]:
    """Pairs by method, status and split; UserError where nothing can be trained on."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    tallies = {key: _tally(row[key] for row in rows) for key in ("method", "status", "split")}
    by_split = _tally(row["split"] for row in accepted)
    if not by_split.get("train"):
        fault = f"no accepted pair is left to train on (accepted: {by_split})"
        raise UserError(f"{fault}; set pair.teacher: cel, or add to {MANUAL}")
    between = sum(place.split is None for place in placed.values())
    reasons = {"between_splits": between} if between else {}
    named = {place.person for place in placed.values()}
    return {
        "in": len(placed),
        "kept": len(accepted),
        "reasons": reasons,
        "people": len(named),
        "accepted": by_split,
        **tallies,
    }


def _tally(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(value or "none" for value in values).items()))


if __name__ == "__main__":
    start(main)
