"""The dataset's page: one HTML file that opens without a network, the same bytes from the same dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.pages import charts
from tasks.pages.bars import bars
from tasks.surveying import counts, journey
from tasks.surveying.changes import Changes
from tasks.surveying.clusters import Cluster
from tasks.surveying.counts import ROLES, Consent, Copies
from tasks.surveying.reasons import Step

HERE = Path(__file__).parent
BATCHES, SHEET, CANDIDATES, DAYS = 24, 18, 6, 6  # shown at most


@dataclass(frozen=True, eq=False)
class Survey:
    """All that the page says, in plain values; pictures are named by folder of shards and id."""

    journeys: pd.DataFrame
    changes: Changes
    batches: Sequence[Step]
    labels: counts.Table
    licences: Mapping[str, Mapping[str, int]]
    consent: Consent
    styles: Sequence[Cluster]
    copies: Sequence[Copies]
    copy_groups: int
    pairs: pd.DataFrame
    angles: pd.DataFrame  # role, yaw, pitch of every aligned face
    crops: Mapping[str, str]  # id -> its first face_id
    versions: Mapping[str, str]

    def wanted(self) -> set[str]:
        """Every picture that the page shows, as '<folder>/<id>'."""
        taken = journey.rejects(self.journeys)
        ids = {one for rows in taken.values() for one, _ in rows}
        ids |= {one for group in self.copies for one in (group.kept, *(other for other, _ in group.others))}
        turns = [*self.changes.new, *self.changes.moved]
        ids |= {one for change in turns for one in change.examples}
        faces = {self.crops[one] for style in self.styles for one in style.examples if one in self.crops}
        shown = [*sheet(self.pairs), *best_and_weakest(self.pairs)]
        return (
            {f"ingest/{one}" for one in ids}
            | {f"align/{face}" for face in faces}
            | {side for row in shown for side in sides(row)}
        )


def render(survey: Survey, pictures: Mapping[str, str]) -> str:
    """The page; `pictures`: name as `wanted` gives it -> address inside the page."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("dataset.html").render(context(survey, pictures))
    return "\n".join(line.rstrip() for line in page.splitlines()) + "\n"


def context(survey: Survey, pictures: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows, by name."""
    steps = {words: journey.steps(survey.journeys, role, pictures) for role, words in ROLES.items()}
    numbers = figures(survey)
    return {
        "style": Markup((HERE / "report.css").read_text() + (HERE / "dataset.css").read_text()),
        "headline": headline(numbers),
        "news": news(survey.changes),
        "numbers": numbers,
        "survey": survey,
        "pictures": pictures,
        "steps": {words: own for words, own in steps.items() if own},
        "widest": max((step.taken for own in steps.values() for step in own), default=1) or 1,
        "batches": survey.batches[-BATCHES:],
        "largest_batch": max((step.taken for step in survey.batches), default=1) or 1,
        "labels": label_charts(survey.labels),
        "angles": angle_charts(survey.angles),
        "licences": {words: bars(found, f"Licences of {words}") for words, found in survey.licences.items()},
        "days": survey.consent.days[:DAYS],
        "pair_table": counts.pair_table(survey.pairs),
        "scores": score_chart(survey.pairs),
        "sheet": [shown(row, pictures) for row in sheet(survey.pairs)],
        "candidates": [shown(row, pictures) for row in best_and_weakest(survey.pairs)],
        "splits": counts.splits(survey.pairs),
    }


def figures(survey: Survey) -> dict[str, int]:
    """The headline's numbers: pictures of use, people, accepted pairs."""
    of_use = counts.usable(survey.journeys)["role"].value_counts()
    accepted = survey.pairs[survey.pairs["status"] == "accepted"]
    return {
        "files": len(survey.journeys),
        "photos": int(of_use.get("photo", 0)),
        "drawings": int(of_use.get("anime", 0)),
        "people": int(survey.pairs["person"].nunique()),
        "pairs": len(accepted),
    }


def headline(numbers: Mapping[str, int]) -> str:
    """What there is, in a sentence."""
    people = f" of {counted(numbers['people'], 'person', 'people')}" if numbers["people"] else ""
    made = f" make {counted(numbers['pairs'], 'pair', 'pairs')} to train on" if numbers["pairs"] else " are of use"
    photos, drawings = (
        counted(numbers["photos"], "photo", "photos"),
        counted(numbers["drawings"], "drawing", "drawings"),
    )
    return f"{photos}{people} and {drawings}{made}."


def news(changes: Changes) -> str:
    """What changed since the last refresh, in a sentence."""
    found = changes.counts
    told = [
        f"{count:,} {name}" for name, count in zip(("new", "gone", "decided otherwise"), found.values(), strict=True)
    ]
    if changes.first:
        return "The first look at this collection: there is nothing to compare it with yet."
    if not any(found.values()):
        return "Nothing changed since the last refresh."
    return f"Since the last refresh: {', '.join(t for t, c in zip(told, found.values(), strict=True) if c)}."


def counted(count: int, one: str, many: str) -> str:
    """'1 photo', '2,000 photos'."""
    return f"{count:,} {one if count == 1 else many}"


def label_charts(labels: counts.Table) -> dict[str, dict[str, Markup]]:
    """Attribute -> photos | drawings -> chart, of those that anybody told."""
    return {
        name: {words: bars(found, f"{name} of {words}") for words, found in table.items() if set(found) - {"unknown"}}
        for name, table in labels.items()
    }


def angle_charts(angles: pd.DataFrame) -> dict[str, Markup]:
    """How far heads in photos are turned and tilted; nobody measures that in a drawing whose landmarks are nominal."""
    photos = angles[angles["role"] == "photo"]
    return {
        caption: charts.histogram({"photos": photos[name].to_numpy(np.float64)}, f"{name}, degrees")
        for name, caption in (("yaw", "Photos: turned left or right"), ("pitch", "Photos: looking up or down"))
    }


def score_chart(pairs: pd.DataFrame) -> Markup:
    """Scores of the matched pairs by status; nothing where none was matched."""
    matched = pairs[pairs["method"] == "match"].groupby("status")["score"]
    series = {str(status): scores.to_numpy(np.float64) for status, scores in matched}
    return charts.histogram(series, "score of the match", of="pairs") if series else Markup("")


def sheet(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """Up to 18 accepted pairs: of as many people and methods as there are."""
    accepted = pairs[pairs["status"] == "accepted"].sort_values("pair_id")
    turn = accepted.groupby("person").cumcount()
    place = {"manual": 0, "match": 1, "teacher": 2}
    ranked = accepted.assign(turn=turn, place=accepted["method"].map(place)).sort_values(["turn", "place", "pair_id"])
    return journey.records(ranked.head(SHEET))


def best_and_weakest(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """The candidates that were assigned, not the next best ones: of these the six best and the six weakest."""
    assigned = pairs[(pairs["status"] == "candidate") & (pairs["rank"].fillna(1) == 1)]
    ranked = assigned.sort_values(["score", "pair_id"], ascending=[False, True])
    few = len(ranked) <= 2 * CANDIDATES
    return journey.records(ranked if few else pd.concat([ranked.head(CANDIDATES), ranked.tail(CANDIDATES)]))


def sides(row: Mapping[str, Any]) -> tuple[str, str]:
    """The names of the pair's pictures: photo, drawing."""
    return f"align/{row['photo']}", f"align/{row['anime']}" if row["anime"] else f"teacher/{row['photo']}"


def shown(row: Mapping[str, Any], pictures: Mapping[str, str]) -> dict[str, str]:
    """A pair as the sheet shows it."""
    photo, drawing = (pictures.get(name, "") for name in sides(row))
    how = {"manual": "by hand", "teacher": f"drawn by {row['teacher']}"}.get(
        row["method"], f"matched, {float(row['score'] or 0):.2f}"
    )
    return {"photo": photo, "drawing": drawing, "how": how, "reasons": row["reasons"] or "", "split": row["split"]}


def numbers_of(survey: Survey) -> dict[str, Any]:
    """The page's numbers for other programs."""
    funnel = {words: journey.steps(survey.journeys, role, {}) for role, words in ROLES.items()}
    return {
        **figures(survey),
        "changes": dict(survey.changes.counts),
        "funnel": {words: [_numbers(step) for step in steps] for words, steps in funnel.items()},
        "batches": [{"batch": s.stage, "role": s.unit, "files": s.taken, "of_use": s.kept} for s in survey.batches],
        "labels": survey.labels,
        "licences": {words: dict(found) for words, found in survey.licences.items()},
        "consent": asdict(survey.consent) | {"days": dict(survey.consent.days)},
        "styles": {style.name: style.count for style in survey.styles},
        "copies": survey.copy_groups,
        "pair": counts.pair_table(survey.pairs),
        "splits": counts.splits(survey.pairs),
    }


def _numbers(step: Step) -> dict[str, Any]:
    reasons = {reason.name: reason.count for reason in step.reasons}
    return {"stage": step.stage, "in": step.taken, "kept": step.kept, "reasons": reasons}
