"""The studio as an application: the page at /, and the pictures of a session under its key, from memory alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    app.add_middleware(OwnAddress)

    @app.get("/gradio_api/file={path:path}")
    def upload(path: str) -> Response:
        return found(folder.read(uploads, Path("/", path)), "application/octet-stream", {})

    @app.get("/looks/{key}/drawing.{form}")
    def drawing(key: str, form: str) -> Response:
        name = {"content-disposition": f'attachment; filename="drawing.{form}"'}
        return found(easel.file(key, form), f"image/{form}", name)

    @app.get("/looks/{key}/{which}")
    def look(key: str, which: str) -> Response:
        return found(easel.picture(key, which), "image/webp", {})

    return app


class OwnAddress:
    """The app, whose pages load nothing from elsewhere: browsers hold them to that."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the policy among the headers."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["content-security-policy"] = OWN
            await send(message)

        await self.app(scope, receive, sent)


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
