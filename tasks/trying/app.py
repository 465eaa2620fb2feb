"""The studio as an application: the page at /, and the pictures of a session under its key, from memory alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response

from tasks.trying import folder
from tasks.trying.easel import Easel

OWN = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"  # no other address
PAUSE, AGE = 15, 60  # seconds between two sweeps, and of an upload that nobody reads


def application(easel: Easel, uploads: Path) -> FastAPI:
    """The routes beside the page; while it runs, what is left over is swept away."""

    @asynccontextmanager
    async def swept(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(sweeping(easel, uploads))
        yield
        task.cancel()

    app = FastAPI(lifespan=swept, docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def own_address(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        response.headers["content-security-policy"] = OWN
        return response

    @app.get("/looks/{key}/drawing.{form}")
    def drawing(key: str, form: str) -> Response:
        name = {"content-disposition": f'attachment; filename="drawing.{form}"'}
        return found(easel.file(key, form), f"image/{form}", name)

    @app.get("/looks/{key}/{which}")
    def look(key: str, which: str) -> Response:
        return found(easel.picture(key, which), "image/webp", {})

    return app


async def sweeping(easel: Easel, uploads: Path) -> None:
    """Forget and remove, for ever, what has lain about for too long."""
    while True:
        easel.desk.sweep()
        await asyncio.to_thread(folder.sweep, uploads, AGE)
        await asyncio.sleep(PAUSE)


def found(data: bytes | None, kind: str, headers: dict[str, str]) -> Response:
    """The picture, which no cache keeps; 404 where it lies here no more."""
    if data is None:
        raise HTTPException(404, "this picture is no longer here")
    return Response(data, media_type=kind, headers={"cache-control": "no-store"} | headers)
