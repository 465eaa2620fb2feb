"""A small collection as the stages leave it: nine photos of three people, six drawings, and what was refused."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tasks import sample
from tasks.core import manifest
from tasks.core.image import Image, encode_jpeg, encode_png, resize
from tasks.core.style import descriptor
from tasks.styles.cel import cel

PEOPLE = {"collins": "train", "hopper": "test", "sixth": "val"}
REFUSED = {"dark": (30.0, 45.0), "blurred": (4.0, 12.0)}  # value, limit
BY_HAND = "by hand; review: ada accepts"
Row = dict[str, Any]


@cache
def face(person: str, look: int) -> Image:
    """128 pixels of a real face."""
    return resize(sample.portrait(person, sample.LOOKS[look]), 128, 128)


def blank(schema: Any, **values: Any) -> Row:
    """A row of the schema, null where nothing is said."""
    return dict.fromkeys(schema.names) | values


def picture(name: str, role: str, image: Image | None, **values: Any) -> Row:
    """A row of data/ingest."""
    stored = None if image is None else {"bytes": encode_jpeg(image, 90), "path": None}
    given: Row = {"batch": f"{role}s", "source": "/home/ada/selfies", "licence": "CC-BY-4.0"}
    given |= {"author": "A. Author", "name": f"{name}.jpg"}
    return blank(manifest.INGEST, id=name, role=role, image=stored, **given | values)


def photos() -> list[Row]:
    """Three looks of three people; the consent of the last person ends."""
    ends = {"sixth": "2027-03-01"}
    return [
        picture(f"p-{person}-{look}", "photo", face(person, look), subject=person, consent=f"c-{person}",
                purpose="training", given="2026-01-01", expires=ends.get(person))
        for person in PEOPLE for look in range(3)
    ]  # fmt: skip


def drawings() -> list[Row]:
    """Two brushes of each person; one has an unclear licence."""
    return [
        picture(f"a-{person}-{number}", "anime", cel(face(person, number), sample.BRUSHES[number]),
                licence="unknown" if (person, number) == ("sixth", 1) else "CC0-1.0")
        for person in PEOPLE for number in range(2)
    ]  # fmt: skip


def refused() -> list[Row]:
    """What ingest, dedupe and quality took out."""
    rows = [picture("bad", "photo", None, reason="unreadable", detail="image file is truncated")]
    rows += [picture(f"r-{reason}", "photo", face("first", i)) for i, reason in enumerate(REFUSED)]
    return [*rows, picture("p-copy", "photo", face("collins", 0), batch="later")]


def dedupe(kept: list[Row]) -> list[Row]:
    """All stay but the copy."""
    return [
        blank(manifest.DEDUPE, id=r["id"], role=r["role"], batch=r["batch"], keep=True, cluster=r["id"])
        | ({"keep": False, "cluster": "p-collins-0", "duplicate_of": "p-collins-0", "distance": 2,
            "reason": "near_duplicate"} if r["id"] == "p-copy" else {})
        for r in kept
    ]  # fmt: skip


def quality(kept: list[Row]) -> list[Row]:
    """One reason for each of the refused."""
    rows = []
    for r in kept:
        reason = r["id"].removeprefix("r-") if r["id"].startswith("r-") else None
        value, limit = REFUSED.get(reason or "", (None, None))
        rows.append(blank(manifest.QUALITY, id=r["id"], role=r["role"], batch=r["batch"], keep=reason is None, faces=1,
                          reason=reason, value=value, limit=limit, chosen=[0], quarter=0))  # fmt: skip
    return rows


def align(kept: list[Row]) -> list[Row]:
    """The picture itself as the crop."""
    crops = {f"p-{p}-{look}": face(p, look) for p in PEOPLE for look in range(3)}
    crops |= {f"a-{p}-{n}": cel(face(p, n), sample.BRUSHES[n]) for p in PEOPLE for n in range(2)}
    return [
        blank(manifest.ALIGN, face_id=f"{r['id']}-0", id=r["id"], role=r["role"], batch=r["batch"], size=128,
              subject=r["subject"], image={"bytes": encode_png(crops[r["id"]]), "path": None}, yaw=1.5)
        for r in kept if r["id"] in crops
    ]  # fmt: skip


def label(faces: list[Row]) -> list[Row]:
    """Gender and glasses of photos, the style of drawings."""
    rows = []
    for number, r in enumerate(faces):
        told = {"gender": "female" if "collins" in r["id"] else "male", "glasses": "none"}
        told = told if r["role"] == "photo" else {"style": "cel"}
        values: Row = {name: told.get(name, "unknown") for name in manifest.ATTRIBUTES}
        values |= {f"{name}_origin": "a model" for name in told} | {
            f"{name}_score": 0.1 * (number % 9) for name in told
        }
        rows.append(blank(manifest.LABEL, face_id=r["face_id"], role=r["role"], yaw=1.5, **values))
    return rows


def pair() -> list[Row]:
    """Every photo with its teacher's drawing; a hand-made pair per person; a candidate that crosses the splits."""
    rows = []
    for person, split in PEOPLE.items():
        given: Row = {"person": person, "split": split, "rank": 1, "status": "accepted", "score": 1.0, "reasons": ""}
        for look in range(3):
            photo = f"p-{person}-{look}-0"
            rows.append({**given, "pair_id": f"t{person}{look}", "photo": photo, "method": "teacher", "teacher": "cel"})
        made = {"photo": f"p-{person}-0-0", "anime": f"a-{person}-0-0", "method": "manual", "reasons": BY_HAND}
        rows.append({**given, **made, "pair_id": f"m{person}"})
        likely: Row = {"method": "match", "status": "candidate", "score": 0.5, "reasons": "pose 0.9, colour 0.6"}
        rows.append({**given, **made, **likely, "anime": "a-collins-1-0", "pair_id": f"c{person}"})
    return [blank(manifest.PAIR, **row) for row in sorted(rows, key=lambda row: row["pair_id"])]


def write(data: Path, extra: list[Row] | None = None) -> Path:
    """Every manifest of the collection, `extra` pictures of ingest among them; returns the folder."""
    pictures = [*photos(), *drawings(), *refused(), *(extra or [])]
    kept = [row for row in pictures if row["reason"] is None]
    for batch in sorted({row["batch"] for row in pictures}):
        rows = [row for row in pictures if row["batch"] == batch]
        manifest.write_rows(rows, data / "ingest" / f"{batch}-0000.parquet", manifest.INGEST)
    manifest.write_rows(dedupe(kept), data / "dedupe.parquet", manifest.DEDUPE)
    unique = [row for row in kept if row["id"] != "p-copy"]
    manifest.write_rows(seen(unique), data / "faces" / "all-0000.parquet", manifest.FACES)
    manifest.write_rows(quality(unique), data / "quality.parquet", manifest.QUALITY)
    faces = align(unique)
    manifest.write_rows(faces, data / "align" / "all-0000.parquet", manifest.ALIGN)
    manifest.write_rows(label(faces), data / "label.parquet", manifest.LABEL)
    drawn = [{"face_id": r["face_id"], "image": r["image"], "teacher": "cel"} for r in faces if r["role"] == "photo"]
    manifest.write_rows(drawn, data / "teacher" / "all-0000.parquet", manifest.TEACHER)
    manifest.write_rows(pair(), data / "pair.parquet", manifest.PAIR)
    manifest.write_rows(batches(pictures), data / "batches.parquet", manifest.BATCH)
    return data


def seen(kept: list[Row]) -> list[Row]:
    """What the detector saw, and the style of each drawing."""
    found = {"box": [10.0, 10, 100, 100], "score": 0.9, "landmarks": [0.0] * 10, "angles": [0.0] * 3, "covered": 0.0}
    styles = {
        r["id"]: descriptor(face(r["id"].split("-")[1], 0)).astype(np.float32).tolist()
        for r in kept if r["role"] == "anime"
    }  # fmt: skip
    return [
        blank(manifest.FACES, id=r["id"], role=r["role"], quarter=0, faces=[found], style=styles.get(r["id"]))
        for r in kept
    ]


def batches(pictures: list[Row]) -> list[Row]:
    """Photos came first, then drawings, then what came later."""
    rows = []
    for position, batch in enumerate(b for b in ("photos", "animes", "later") if b in {r["batch"] for r in pictures}):
        own = [row for row in pictures if row["batch"] == batch]
        rows.append({"batch": batch, "position": position, "kind": "folder", "role": own[0]["role"], "source": batch,
                     "files": len(own), "kept": sum(row["reason"] is None for row in own)})  # fmt: skip
    return rows
