"""The page and its socket: textual-serve's, without anything from another site, and for those who know the token."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

HERE = ("localhost", "127.0.0.1", "::1")
"""Names that a browser may know this machine by: through a tunnel it is its own localhost."""
PAGE = Path(__file__).with_name("serve_page") / "index.html"
RULES = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Nothing is fetched from elsewhere, whatever the script asks for."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def run(bound: socket.socket, token: str, command: str) -> None:
    """Answer until ctrl+c; `command` is run for every page."""
    logging.getLogger("textual-serve").setLevel(logging.CRITICAL)
    server = LocalServer(command, host="localhost", port=int(bound.getsockname()[1]), title="ecotui")
    with suppress(KeyboardInterrupt):
        web.run_app(server.application(token), sock=bound, print=None, access_log=None, shutdown_timeout=2.0)


class LocalServer(Server):
    """textual-serve's processes and sockets behind a page of our own."""

    def application(self, token: str) -> web.Application:
        """Routes below the token; static files are no secret."""
        made = web.Application(middlewares=[guard])
        made.add_routes(
            [
                web.get(f"/{token}/", self.page),
                web.get(f"/{token}/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.static("/static", self.statics_path),
            ]
        )
        return made

    async def page(self, request: web.Request) -> web.Response:
        """The page with the terminal."""
        headers = {"Content-Security-Policy": RULES, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return web.Response(text=PAGE.read_text(encoding="utf-8"), content_type="text/html", headers=headers)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Another site that the browser has open may neither speak to the socket nor pass for this machine."""
    if not allowed(request.headers.get("Host", ""), request.headers.get("Origin")):
        raise web.HTTPForbidden(text="Only pages of this machine are answered.\n")
    return await handler(request)


def allowed(host: str, origin: str | None) -> bool:
    """Whether a request names this machine, and comes from a page of it."""
    if urlsplit(f"//{host}").hostname not in HERE:
        return False
    return origin is None or urlsplit(origin).netloc == host
