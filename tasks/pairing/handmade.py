"""Pairs that a person has put together, in a CSV of two columns, photo and anime."""

from pathlib import Path

import pandas as pd

from tasks.core import spreadsheet
from tasks.core.errors import UserError, require
from tasks.core.spreadsheet import is_id

ROLES = ("photo", "anime")


def pairs(
    path: Path, faces: pd.DataFrame, pictures: pd.DataFrame, met: pd.DataFrame
) -> tuple[list[tuple[str, str]], int]:
    """The face ids of the CSV's pairs, and how many of its lines are about pictures that are not, or no longer, let in.

    Each is named by its picture's file name or id, or by its face_id. `faces` has face_id, id, role and number,
    `pictures` id, name and cluster, `met` id, name and role of all that ingest met, what it refused among them.
    UserError for a name that is in no batch of its role, or that pictures of several batches share.
    """
    lines = spreadsheet.lines(path)
    for line in lines:
        require(set(ROLES) <= set(line), f"{path} has columns {', '.join(map(str, line))}; it needs photo and anime")
    by_role = {role: faces[faces["role"] == role] for role in ROLES}
    named = [[_face(path, role, line[role], by_role[role], pictures, met) for role in ROLES] for line in lines]
    found = [(photo, anime) for photo, anime in named if photo and anime]
    return found, len(lines) - len(found)


def _face(
    path: Path, role: str, said: str | None, faces: pd.DataFrame, pictures: pd.DataFrame, met: pd.DataFrame
) -> str | None:
    """The face that is meant, None where none came through; a copy's name stands for the one kept of its cluster."""
    clusters = pictures.loc[(pictures["name"] == said) | (pictures["id"] == said), "cluster"]
    copies = pictures.loc[pictures["cluster"].isin(clusters), "id"]
    known = faces[faces["id"].isin(copies) | (faces["face_id"] == said)].sort_values(["id", "number"])
    if known.empty:
        _check_left(path, role, said, met)
        return None
    ids = known["id"].unique()
    if len(ids) > 1:
        raise UserError(f"{path}: {role} {said!r} is the name of several pictures; give an id: {', '.join(ids)}")
    return str(known["face_id"].iloc[0])


def _check_left(path: Path, role: str, said: str | None, met: pd.DataFrame) -> None:
    """UserError unless it is a picture that was refused, or an id, which may outlive its picture."""
    name = said or ""
    roles = set(met.loc[(met["name"] == name) | (met["id"] == name.partition("-")[0]), "role"])
    outlived = is_id(name) and not roles
    require(outlived or role in roles, f"{path}: {role} {said!r} is no {role} of any batch; correct the row")
