"""`ecotui serve`: the application in a browser that asks nobody else for anything, and a chart that moves."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from ecotui.cli.serving import apart, bind, check_words, tunnel
from ecotui.core.errors import EcotuiError, UsageError
from tests.cli.browser import CHROMIUM, browsing
from tests.cli.support import ecotui, environment

needs_server = pytest.mark.skipif(find_spec("textual_serve") is None, reason="textual-serve is not installed here")
CHART = (420, 60, 640, 240)
"""Pixels within the charts of the Monitor, right of the plan."""


@asynccontextmanager
async def served(home: Path, *words: str) -> AsyncIterator[str]:
    """The address of a server that goes on meanwhile."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ecotui", "serve", "--json", "--port", "0", *words),
        env=environment(home),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())["url"]
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


@needs_server
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
async def test_a_browser_shows_the_demo_and_its_chart_moves(tmp_path: Path) -> None:
    async with served(tmp_path / "home", "demo") as url, browsing(tmp_path / "profile") as page:
        await page.call("Page.navigate", url=url)
        await page.until("document.body.classList.contains('-first-byte')")
        await page.until("document.querySelector('.xterm canvas') !== null")
        await page.until("document.activeElement.className.includes('xterm-helper')")  # a key needs no click
        before = await page.picture(CHART)
        async with asyncio.timeout(60):
            changes = 0
            while changes < 3:  # the first frame is one change, the first curve another; then it moves
                after = await page.picture(CHART)
                changes, before = changes + (after != before), after
        assert page.asked and all(
            asked.startswith((url.rpartition("/")[0].rpartition("/")[0], "ws:", "data:")) for asked in page.asked
        )


@needs_server
async def test_other_sites_names_and_paths_are_refused(tmp_path: Path) -> None:
    from aiohttp import ClientSession

    async with served(tmp_path, "demo") as url, ClientSession() as session:
        root = url.rpartition("/")[0].rpartition("/")[0]

        async def status(address: str, **headers: str) -> int:
            async with session.get(address, headers=headers) as answer:
                return answer.status

        assert await status(url) == 200
        assert await status(f"{root}/") == 404  # the token is missing
        assert await status(f"{url}ws", Origin="http://evil.example") == 403
        assert await status(url, Host="evil.example") == 403
        assert await status(f"{root}/static/fonts/RobotoMono-VariableFont_wght.ttf") == 200


def test_what_has_no_screen_is_not_served() -> None:
    for words in (["runs"], ["run", "--quant", "fp16"], ["serve"], ["replay", "x", "--json"]):
        with pytest.raises(UsageError, match="no screen to serve"):
            check_words(words)
    with pytest.raises(UsageError):
        check_words(["--quant", "fp3"])
    with pytest.raises(UsageError, match="begin to watch the server anew"):
        check_words(["watch", "--metrics", "http://localhost:8000"])
    check_words(["demo", "--windows", "3"])
    check_words(["watch"])


def test_the_port_may_stand_behind_the_words() -> None:
    assert apart(["demo", "--port", "8797"], 8000) == (["demo"], 8797)
    assert apart(["replay", "LOG", "--port=0", "--budget", "16kB/s"], 8000) == (
        ["replay", "LOG", "--budget", "16kB/s"],
        0,
    )
    assert apart(["watch"], 8123) == (["watch"], 8123)
    with pytest.raises(UsageError, match="--port"):
        apart(["demo", "--port", "many"], 8000)


def test_a_port_that_is_taken_is_told() -> None:
    with bind(0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"
        with pytest.raises(EcotuiError, match="cannot be taken"):
            bind(taken.getsockname()[1])
    with pytest.raises(UsageError, match="0 to 65535"):
        bind(70000)


def test_the_tunnel_names_the_host_as_ssh_does() -> None:
    assert tunnel(8000, {"SSH_CONNECTION": "10.0.0.9 52000 10.0.0.5 22"}).endswith("@10.0.0.5")
    assert tunnel(8000, {"SSH_CONNECTION": "10.0.0.9 52000 10.0.0.5 40022"}).startswith("ssh -p 40022 -L 8000:")
    assert tunnel(8000, {}).startswith("ssh -L 8000:localhost:8000 ")


def test_no_other_host_can_be_named(tmp_path: Path) -> None:
    done = ecotui("serve", "--host", "example.org", home=tmp_path)
    assert done.returncode == 2


def test_without_the_package_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ecotui.cli import main

    monkeypatch.setattr("ecotui.cli.serving.find_spec", lambda name: None)
    assert main(["serve", "demo"]) == 2
    assert "pip install textual-serve" in capsys.readouterr().err
