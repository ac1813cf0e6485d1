"""A headless Chromium that is told what to do over its own debugging socket."""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--hide-scrollbars", "--incognito"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--use-gl=swiftshader"),
    *("--enable-unsafe-swiftshader", "--remote-debugging-port=0", "--window-size=1100,700"),
)


class Page:
    """One tab."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self.asked: list[str] = []
        """Every address that the page has asked for."""

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol; returns its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=60)
            if answer.get("method") == "Network.requestWillBeSent":
                self.asked.append(answer["params"]["request"]["url"])
            if answer.get("id") == number:
                return dict(answer.get("result", {}))

    async def value(self, script: str) -> Any:
        """What a script comes to."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer.get("result", {}).get("value")

    async def until(self, script: str) -> None:
        """Wait until a script is true."""
        async with asyncio.timeout(60):
            while not await self.value(script):
                await asyncio.sleep(0.05)

    async def picture(self, clip: tuple[int, int, int, int]) -> bytes:
        """A region (left, top, width, height) in pixels, as PNG."""
        names = dict(zip(("x", "y", "width", "height"), clip, strict=True))
        answer = await self.call("Page.captureScreenshot", clip={**names, "scale": 1})
        return base64.b64decode(answer["data"])


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Page]:
    """An empty tab of a browser of its own."""
    from aiohttp import ClientSession

    assert CHROMIUM is not None
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*words, stdin=nothing, stdout=nothing, stderr=nothing)
    try:
        async with ClientSession() as session, asyncio.timeout(90):
            while not (told := profile / "DevToolsActivePort").exists() or not told.read_text().strip():
                await asyncio.sleep(0.05)
            port = told.read_text().split()[0]
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = await answer.json()
            tab = next(t for t in tabs if t["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                await page.call("Network.enable")
                await page.call("Page.enable")
                yield page
    finally:
        process.terminate()
        await process.wait()
