"""Colours, once: Python names roles, this module and the stylesheets know what they look like."""

from __future__ import annotations

from functools import cache

from rich.style import Style as Letters
from textual.color import Color
from textual.content import Content
from textual.style import Style
from textual.theme import Theme

POWER, THROUGHPUT, TEMPERATURE = "power", "throughput", "temperature"
ON_DARK: dict[str, str] = {
    POWER: "#ffaf00",
    THROUGHPUT: "#5fd7ff",
    TEMPERATURE: "#ff87af",
    "good": "#87d787",
    "warn": "#ffd75f",
    "bad": "#ff5f5f",
    "muted": "#8a8a8a",
    "faint": "#626262",
    "grid": "#303030",
    "border": "#4e4e4e",
    "focus": "#5f87af",
    "bar": "#5fafaf",
    "text": "#d0d0d0",
    "arm-0": "#d0d0d0",
    "arm-1": "#ffaf00",
    "arm-2": "#5fd7ff",
    "arm-3": "#d787ff",
    "arm-4": "#afd75f",
    "arm-5": "#ff8787",
}
"""Role to colour. All are colours of the 256-colour palette, so that SSH loses nothing."""
ON_LIGHT: dict[str, str] = {
    POWER: "#af5f00",
    THROUGHPUT: "#005f87",
    TEMPERATURE: "#af005f",
    "good": "#005f00",
    "warn": "#875f00",
    "bad": "#af0000",
    "muted": "#626262",
    "faint": "#8a8a8a",
    "grid": "#d0d0d0",
    "border": "#a8a8a8",
    "focus": "#005faf",
    "bar": "#008787",
    "text": "#262626",
    "arm-0": "#262626",
    "arm-1": "#af5f00",
    "arm-2": "#005f87",
    "arm-3": "#8700af",
    "arm-4": "#5f8700",
    "arm-5": "#af0000",
}
ROLES = dict(ON_DARK)
"""The colours of now: one theme is in use at a time."""

ARM_GLYPHS = ("●", "◆", "▲", "■", "▼", "★")
"""Arms by glyph: the baseline first."""


def _theme(name: str, roles: dict[str, str], dark: bool, *colours: str) -> Theme:
    """colours: ground, panel, primary, secondary, border, blurred border, the cursor's ground and letters."""
    ground, panel, primary, secondary, border, blurred, cursor, letters_on_it = colours
    return Theme(
        name=name,
        dark=dark,
        background=ground,
        surface=ground,
        panel=panel,
        foreground=roles["text"],
        primary=primary,
        secondary=secondary,
        accent=roles[POWER],
        success=roles["good"],
        warning=roles["warn"],
        error=roles["bad"],
        variables={
            "border": border,
            "border-blurred": blurred,
            "block-cursor-background": cursor,
            "block-cursor-foreground": letters_on_it,
            "block-cursor-text-style": "bold",
            "footer-key-foreground": roles[POWER],
            **{f"role-{role}": colour for role, colour in roles.items()},
        },
    )


DARK = _theme(
    "ecotui-dark", ON_DARK, True, "#121212", "#1c1c1c", "#5f87af", "#5fafaf", "#444444", "#303030", "#3a3a3a", "#ffffff"
)
LIGHT = _theme(
    "ecotui-light",
    ON_LIGHT,
    False,
    "#ffffff",
    "#eeeeee",
    "#005faf",
    "#008787",
    "#b2b2b2",
    "#d0d0d0",
    "#c6c6c6",
    "#000000",
)


def use(ground: str) -> str:
    """Take the colours for a "dark" or a "light" ground; returns the name of the theme."""
    colours, theme = (ON_LIGHT, LIGHT) if ground == "light" else (ON_DARK, DARK)
    if colours != ROLES:
        ROLES.update(colours)
        style.cache_clear()
        letters.cache_clear()
    return theme.name


def rgb(role: str) -> tuple[int, int, int]:
    """A role's colour as numbers, for charts."""
    code = ROLES[role].lstrip("#")
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


@cache
def style(role: str, bold: bool = False, reverse: bool = False) -> Style:
    """A role as a style of letters."""
    return Style(foreground=Color.parse(ROLES[role]), bold=bold or None, reverse=reverse or None)


def ink(text: str, role: str = "text", bold: bool = False, reverse: bool = False) -> Content:
    """Letters in a role. The text is taken as it is, never as markup; from outside it passes `units.clean` first."""
    return Content.styled(text, style(role, bold, reverse))


@cache
def letters(role: str, bold: bool = False, reverse: bool = False) -> Letters:
    """The same for widgets that put their own rows together."""
    return Letters(color=ROLES[role], bold=bold or None, reverse=reverse or None)
