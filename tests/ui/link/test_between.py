"""Under tmux, in GNU screen and over mosh the same letters are shown: after keys, after other sizes, painted anew."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from benchmarks.line import Line
from tests import factory

TMUX, SCREEN = (shutil.which(name) or name for name in ("tmux", "screen"))
PATIENCE_S = 60.0
LOOK_S, LOOKS = 0.1, 15
"""How long from look to look, and how many alike are taken for the end of a change."""
SIZES = ((80, 24), (200, 50))
MOSH_PORTS = "60050:60099"
Direct = tuple[tuple[int, int], list[list[str]]]
"""A size, and what stands there then."""


def needs(*programs: str) -> pytest.MarkDecorator:
    absent = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(bool(absent), reason=f"{' and '.join(absent)} not installed")


class Tmux:
    """A command in tmux, which keeps what it shows."""

    def __init__(self, line: Line, name: str) -> None:
        self._line, self._name = line, name

    def _told(self, *words: str) -> str:
        return subprocess.run([TMUX, "-L", self._name, *words], capture_output=True, text=True, check=False).stdout

    @property
    def rows(self) -> list[str]:
        """What is shown."""
        return [row.rstrip() for row in self._told("capture-pane", "-p").splitlines()]

    def type(self, key: str) -> None:
        """A key as tmux names it."""
        self._told("send-keys", key)

    def until(self, *words: str, like: list[str] | None = None) -> list[str]:
        """The rows, of the first one the tabs, once all of these words are among them.

        And once they are like those, or once no look of several sees anything else, which a slow machine may need.
        """
        seen: list[list[str]] = []
        for rows in self._looks():
            seen = [*seen[1 - LOOKS :], rows]
            there = all(word in "\n".join(rows) for word in words)
            if there and (rows == like if like else seen == [rows] * LOOKS):
                return rows
        if like:
            return seen[-1]
        raise AssertionError("\n".join((f"{words} never came to", *seen[-1])))

    def begun(self, word: str) -> None:
        """Wait for a word on a screen that goes on changing."""
        assert any(word in "\n".join(rows) for rows in self._looks()), f"{word} never came"

    def _looks(self) -> Iterator[list[str]]:
        """The rows from look to look, of the first one the tabs, for as long as is waited."""
        for _ in range(round(PATIENCE_S / LOOK_S)):
            self._line.run(LOOK_S)  # the client's terminal takes what tmux writes
            first, *others = self.rows or [""]
            yield [first.partition("GPUs")[0], *others]

    def resize(self, columns: int, rows: int) -> None:
        """The terminal around all gets another size."""
        self._told("resize-window", "-x", str(columns), "-y", str(rows))


@contextmanager
def tmux(command: list[str], size: tuple[int, int], home: Path, **more: str) -> Iterator[Tmux]:
    """A command in a tmux of its own, without settings or a line of its state."""
    name = f"ecotui-test-{os.getpid()}-{home.name}"
    gone = dict.fromkeys(("TMUX", "STY"), "")
    environment = {"ECOTUI_HOME": str(home), "LC_ALL": "C.UTF-8", "SCREENDIR": _own(home), **gone, **more}
    begun = ["tmux", "-L", name, "-f", os.devnull, "new-session", *command, ";", "set", "status", "off"]
    with Line(begun, *size, environment) as line:
        try:
            yield Tmux(line, name)
        finally:
            subprocess.run([TMUX, "-L", name, "kill-server"], check=False, capture_output=True)


def _own(home: Path) -> str:
    """A folder for screen's socket, which it wants for itself."""
    folder = home / "screens"
    folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder)


def pictures(shown: Tmux, size: tuple[int, int], like: Sequence[list[str] | None] = (None,) * 5) -> list[list[str]]:
    """What stands on the terminal after keys, other sizes, and painted anew; `like`: what is waited for.

    Nothing of the replay is among it, so nobody waits for its end.
    """
    shown.begun("REPLAY")
    shown.type("h")
    out = [shown.until("Runs", "published", like=like[0])]
    shown.type("?")
    out.append(shown.until("─ Help ─", "Only runs with these words", like=like[1]))
    shown.resize(100, 30)
    out.append(shown.until("─ Help ─", "─" * 70, like=like[2]))
    shown.type("Escape")
    shown.resize(*size)
    out.append(shown.until("Runs", "published", like=like[3] or out[0]))
    shown.type("C-l")
    out.append(shown.until("Runs", "published", like=like[4]))
    assert [len(rows) for rows in out] == [size[1], size[1], 30, size[1], size[1]]
    return out


def replay(log: Path) -> list[str]:
    return [sys.executable, "-m", "ecotui", "replay", str(log)]


@contextmanager
def in_screen(log: Path, size: tuple[int, int], home: Path) -> Iterator[Tmux]:
    """In GNU screen, to which a terminal that was detached comes back at once."""
    within = shlex.join(["screen", "-c", os.devnull, "-U", "-T", "screen-256color", "-S", "ecotui", *replay(log)])
    try:
        with tmux(["sh", "-c", f"{within}; exec screen -r ecotui"], size, home) as shown:
            yield shown
    finally:
        environment = os.environ | {"SCREENDIR": _own(home)}
        subprocess.run([SCREEN, "-S", "ecotui", "-X", "quit"], env=environment, check=False, capture_output=True)


@contextmanager
def over_mosh(log: Path, size: tuple[int, int], home: Path) -> Iterator[Tmux]:
    """Over mosh, whose server is started without an SSH between."""
    ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment = ours | {"LC_ALL": "C.UTF-8", "ECOTUI_HOME": str(home), "TERM": "xterm-256color"}
    server = ["mosh-server", "new", "-i", "127.0.0.1", "-c", "256", "-p", MOSH_PORTS, "--", *replay(log)]
    # Its detached half keeps stdout, so a pipe would never end.
    with (home / "mosh").open("w+b") as said:
        subprocess.run(server, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL, check=True)
    told = (home / "mosh").read_text(encoding="utf-8", errors="replace")
    port, key = re.findall(r"MOSH CONNECT (\d+) (\S+)", told)[0]
    (number,) = re.findall(r"pid = (\d+)", told)
    try:
        with tmux(["mosh-client", "127.0.0.1", port], size, home, MOSH_KEY=key) as shown:
            yield shown
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGTERM)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return factory.write_log(tmp_path_factory.mktemp("log") / "log.jsonl")


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def direct(request: pytest.FixtureRequest, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Direct:
    """What tmux alone shows at a size."""
    with tmux(replay(log), request.param, tmp_path_factory.mktemp("direct")) as shown:
        return request.param, pictures(shown, request.param)


@needs("tmux")
def test_tmux_shows_after_keys_and_other_sizes_what_is_painted_anew(direct: Direct) -> None:
    _, (history, _, _, back, anew) = direct
    assert history == back == anew


@needs("tmux", "screen")
def test_screen_shows_what_the_terminal_would_and_again_when_it_comes_back(
    direct: Direct, log: Path, tmp_path: Path
) -> None:
    size, wanted = direct
    with in_screen(log, size, tmp_path) as shown:
        assert pictures(shown, size, wanted) == wanted
        shown.type("C-a")
        shown.type("d")
        assert shown.until("Runs", "published", like=wanted[-1]) == wanted[-1]


@needs("tmux", "mosh-server", "mosh-client")
def test_mosh_shows_what_the_terminal_would(direct: Direct, log: Path, tmp_path: Path) -> None:
    size, wanted = direct
    with over_mosh(log, size, tmp_path) as shown:
        assert pictures(shown, size, wanted) == wanted
