"""What a terminal can show and what may be sent to it: chosen by the operator, else read from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

THEMES = ("auto", "dark", "light")


@dataclass(frozen=True, slots=True)
class Terminal:
    """The operator's choices; None is for the application to find out."""

    budget_bps: int | None = None
    """Bytes a second; None is what the link takes."""
    ascii: bool | None = None
    theme: str = "auto"


def erases(environment: Mapping[str, str]) -> bool:
    """Whether the terminal erases cells in the ground that is written on (terminfo's bce, and ech of ECMA-48).

    A VT100 cannot erase a part of a row, and GNU screen erases in a ground of its own; tmux, which may call itself
    screen as well, does as it is told. Where both are around it, nobody knows which is nearer.
    """
    name = environment.get("TERM", "")
    if name.startswith("screen"):
        return "TMUX" in environment and "STY" not in environment
    return bool(name) and not name.startswith(("vt1", "dumb", "ansi", "unknown"))


def keeps_escapes(environment: Mapping[str, str]) -> bool:
    """Whether the mouse would cost the escape key: GNU screen keeps an ESC to itself while the mouse is asked for."""
    return "STY" in environment or (environment.get("TERM", "").startswith("screen") and "TMUX" not in environment)


def theme_of(chosen: str, environment: Mapping[str, str]) -> str:
    """ "dark" or "light": as chosen, else by the background that COLORFGBG names (7 and 9 to 15 are light)."""
    if chosen != "auto":
        return chosen
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if ground.isdecimal() and (int(ground) == 7 or int(ground) > 8) else "dark"
