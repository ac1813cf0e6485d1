"""What a terminal can show and what may be sent to it: chosen by the operator, else read from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

THEMES = ("auto", "dark", "light")
LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
"""Where the locale of letters is found; the first that is set counts (POSIX, 8.2)."""
STARTED = Path("/proc/self/environ")
"""The environment as it was at the start: Python itself sets LC_CTYPE where the locale is "C" (PEP 538)."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The operator's choices; None is for the application to find out."""

    budget_bps: int | None = None
    """Bytes a second; None is what the link takes."""
    ascii: bool | None = None
    theme: str = "auto"


def in_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale has no letters beyond ASCII that a screen could use; one that is not set says nothing."""
    name = next((environment[key] for key in LOCALE if environment.get(key)), "")
    plain, _, codeset = name.partition("@")[0].partition(".")
    if not name:
        return False
    return codeset.lower().replace("-", "") != "utf8" if codeset else plain in ("C", "POSIX") or "_" in plain


def at_start(environment: Mapping[str, str], path: Path = STARTED) -> Mapping[str, str]:
    """The environment that the process was started with, as far as the system tells; else what it is now."""
    try:
        entries = path.read_bytes().split(b"\0")
    except OSError:
        return environment
    pairs = (entry.decode("utf-8", "replace").partition("=") for entry in entries if b"=" in entry)
    first = {key: value for key, _, value in pairs}
    return {key: first.get(key, "") for key in LOCALE} | {
        key: value for key, value in environment.items() if key not in LOCALE
    }


def erases(environment: Mapping[str, str]) -> bool:
    """Whether the terminal erases cells in the ground that is written on (terminfo's bce, and ech of ECMA-48).

    A VT100 cannot erase a part of a row, and GNU screen erases in a ground of its own; tmux, which may call itself
    screen as well, does as it is told. Where both are around it, nobody knows which is nearer.
    """
    name = environment.get("TERM", "")
    if name.startswith("screen"):
        return "TMUX" in environment and "STY" not in environment
    return bool(name) and not name.startswith(("vt1", "dumb", "ansi", "unknown"))


def theme_of(chosen: str, environment: Mapping[str, str]) -> str:
    """ "dark" or "light": as chosen, else by the background that COLORFGBG names (7 and 9 to 15 are light)."""
    if chosen != "auto":
        return chosen
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if ground.isdecimal() and (int(ground) == 7 or int(ground) > 8) else "dark"
