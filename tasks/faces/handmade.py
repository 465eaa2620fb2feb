"""Pairs that a person has put together, in a CSV of two columns, photo and anime."""

from pathlib import Path

import pandas as pd

from tasks.core.errors import UserError, require
from tasks.faces import spreadsheet

ROLES = ("photo", "anime")


def pairs(path: Path, faces: pd.DataFrame, pictures: pd.DataFrame) -> list[tuple[str, str]]:
    """The face ids of the CSV's pairs; each is named by its picture's file name or id, or by its face_id.

    `faces` has face_id, id, role and number, `pictures` id, name and cluster. UserError for a name that no face of
    its role has, or that pictures of several batches share.
    """
    lines = spreadsheet.lines(path)
    for line in lines:
        require(set(ROLES) <= set(line), f"{path} has columns {', '.join(map(str, line))}; it needs photo and anime")
    by_role = {role: faces[faces["role"] == role] for role in ROLES}
    named = [[_face(path, role, line[role], by_role[role], pictures) for role in ROLES] for line in lines]
    return [(photo, anime) for photo, anime in named]


def _face(path: Path, role: str, said: str, faces: pd.DataFrame, pictures: pd.DataFrame) -> str:
    """The face that is meant; a copy's name stands for the picture that was kept of its cluster."""
    clusters = pictures.loc[(pictures["name"] == said) | (pictures["id"] == said), "cluster"]
    copies = pictures.loc[pictures["cluster"].isin(clusters), "id"]
    known = faces[faces["id"].isin(copies) | (faces["face_id"] == said)].sort_values(["id", "number"])
    if known.empty:
        raise UserError(f"{path}: {role} {said!r} is no {role} that came through align; correct the row")
    ids = known["id"].unique()
    if len(ids) > 1:
        raise UserError(f"{path}: {role} {said!r} is the name of several pictures; give an id: {', '.join(ids)}")
    return str(known["face_id"].iloc[0])
