"""The web service of the review page: the page, the queue, the pictures, the decisions."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse

from tasks.core.errors import UserError, require
from tasks.reviewing.crops import Crops
from tasks.reviewing.desk import Desk

PAGES = Path(__file__).parents[1] / "pages"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PARTS = ("review.css", "review.js")

Kind = Literal["pair", "label"]


@dataclass(frozen=True)
class Said:
    """What the page sends when a key is pressed."""

    kind: Kind
    of: str
    act: str
    value: str = ""


@dataclass(frozen=True)
class Back:
    """What the page sends to take back: what it decided, and when."""

    of: str
    at: str


def service(desk: Desk, crops: Crops) -> FastAPI:
    """The app for one reviewer; decisions are on disk before they are answered."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.exception_handler(UserError)(_refused)
    app.exception_handler(OSError)(_unsaved)
    app.api_route("/", methods=["GET", "HEAD"])(page)
    for name in PARTS:
        app.get(f"/{name}", response_class=FileResponse)(part(name))

    @app.get("/faces/{face}")
    def picture(face: str) -> Response:
        png = crops.read(face)
        if png is None:
            raise HTTPException(404, f"no face {face}")
        return Response(png, media_type="image/png")

    @app.get("/queue/{kind}")
    def queue(kind: Kind, again: bool = False) -> Mapping[str, Any]:
        return desk.queue(kind, again)

    @app.get("/open/{kind}/{of:path}")
    def still(kind: Kind, of: str) -> bool:
        return desk.open(kind, of)

    @app.post("/decisions")
    def decide(said: Said) -> Mapping[str, Any]:
        lacking = said.act != "skip" and any(face not in crops for face in desk.faces(said.kind, said.of))
        require(not lacking, "a picture of this has left the collection, and nobody can see it; skip it")
        return vars(desk.decide(said.kind, said.of, said.act, said.value)) | desk.counts(said.kind)

    @app.post("/undo/{kind}")
    def undo(kind: Kind, back: Back) -> Mapping[str, Any]:
        item = desk.undo(kind, back.of, back.at)
        return {"item": asdict(item) if item else None} | desk.counts(kind)

    @app.get("/agreement")
    def agreement() -> Mapping[str, Any]:
        return desk.agreement()

    return app


def page() -> FileResponse:
    """The page itself; nothing but its own parts may run in it, and nobody may frame it."""
    return FileResponse(PAGES / "review.html", headers={"Content-Security-Policy": POLICY})


def part(name: str) -> Callable[[], FileResponse]:
    """What answers with a file of the page."""
    return lambda: FileResponse(PAGES / name)


async def _refused(_request: Request, fault: Exception) -> PlainTextResponse:
    return PlainTextResponse(str(fault), 400)


async def _unsaved(_request: Request, fault: Exception) -> PlainTextResponse:
    return PlainTextResponse(f"not saved: {fault}", 507)
