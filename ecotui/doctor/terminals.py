"""What the terminal can do, as far as its environment tells."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ecotui.core.locales import at_start, in_ascii, named
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check

LEAST = (60, 18)
COPIES = ("kitty", "alacritty", "wezterm", "iterm", "ghostty", "foot", "contour", "rio", "vscode", "windows-terminal")
"""Terminals that take a copy by OSC 52 as they come."""


def terminal(size: tuple[int, int] | None = None, told: Mapping[str, str] | None = None) -> Check:
    """Its size, colours, letters, what lies between, and whether it is likely to take a copy.

    `size` in columns and rows, None to ask; `told` is the environment.
    """
    env = os.environ if told is None else told
    columns, rows = size or _size()
    if not columns or not rows:
        return Check("terminal", ABSENT, "stdout is not a terminal")
    facts = (f"{columns} × {rows}", f"TERM {env.get('TERM') or '–'}", colours(env))
    text = " · ".join(fact for fact in (*facts, _letters(env), _between(env), _copy(env)) if fact)
    if columns < LEAST[0] or rows < LEAST[1]:
        return Check("terminal", BAD, text, f"Enlarge it to {LEAST[0]} × {LEAST[1]} at least.")
    if env.get("TERM", "") in ("", "dumb"):
        return Check("terminal", BAD, text, "Say what it is: `export TERM=xterm-256color`.")
    if in_ascii(start := _start(env)):
        key = named(start).partition("=")[0]
        return Check(
            "terminal", WARN, text, f"The application draws ASCII. For its own letters: `export {key}=C.UTF-8`."
        )
    if env.get("TMUX") and not env.get("TERM", "").startswith(("tmux", "screen")):
        return Check("terminal", WARN, text, "Inside tmux TERM is its own: `set -g default-terminal tmux-256color`.")
    copy = _copy(env).partition(" (")[0].partition(",")[0]
    few = " · ".join(fact for fact in (*facts, _letters(env), _between(env), copy) if fact)
    return Check("terminal", GOOD, text, short=few)


def _size() -> tuple[int, int]:
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None and stream.isatty():
                return tuple(os.get_terminal_size(stream.fileno()))  # type: ignore[return-value]
        except (OSError, ValueError):
            continue
    return 0, 0


def colours(env: Mapping[str, str]) -> str:
    """How many colours it says it has."""
    if env.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if env.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million colours (COLORTERM)"
    term = env.get("TERM", "")
    return "256 colours" if "256" in term or "direct" in term or "kitty" in term else "16 colours"


def _start(env: Mapping[str, str]) -> Mapping[str, str]:
    """As the application reads it: Python may have put another locale in the place of the one it was started with."""
    return at_start(env) if env is os.environ else env


def _letters(env: Mapping[str, str]) -> str:
    start = _start(env)
    return f"not UTF-8 ({named(start)})" if in_ascii(start) else "UTF-8"


def between(env: Mapping[str, str]) -> list[str]:
    """What stands between the application and the operator's own screen: "tmux", "screen", "SSH"."""
    there = [name for name, key in (("tmux", "TMUX"), ("screen", "STY"), ("SSH", "SSH_CONNECTION")) if env.get(key)]
    return there or (["SSH"] if env.get("SSH_TTY") else [])


def _between(env: Mapping[str, str]) -> str:
    there = between(env)
    return f"through {' and '.join(there)}" if there else ""


def _copy(env: Mapping[str, str]) -> str:
    """Whether a copy by OSC 52 is likely to reach the operator's clipboard; nobody can be asked."""
    if env.get("TMUX"):
        return "copy: tmux has it (prefix ]), and passes it on unless set-clipboard is off"
    if env.get("STY"):
        return "copy: through screen, if the terminal behind it takes one (OSC 52)"
    name = f"{env.get('TERM_PROGRAM', '')} {env.get('TERM', '')} {'windows-terminal' if env.get('WT_SESSION') else ''}"
    if any(it in name.lower() for it in COPIES):
        return "copy: likely (OSC 52)"
    if env.get("VTE_VERSION") or "apple_terminal" in name.lower():
        return "copy: unlikely (no OSC 52)"
    return "copy: not known (OSC 52)"
