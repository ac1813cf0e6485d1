"""Styles as what a terminal is told, and no more of it than differs from what it was told last."""

from __future__ import annotations

from colorsys import rgb_to_hls
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.style import Style

ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"), ("reverse", "7"))


ENDS = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27"}
"""What ends an attribute; terminals without colours, as a VT100, know the end of all of them alone."""
SEEN = {"4", "7"}
"""Attributes that show on a blank."""
Look = tuple[Color | None, Color | None, int] | None
"""What of a style is seen: colours and attributes."""

HUES = ("31", "33", "32", "36", "94", "35")
"""Red, yellow, green, cyan, blue, magenta: every sixth of the circle."""


class Codes(NamedTuple):
    """Parts of a select-graphic-rendition sequence."""

    attributes: str
    foreground: str
    background: str

    @property
    def on_blanks(self) -> bool:
        """Whether a blank shows more than the ground."""
        return not SEEN.isdisjoint(self.attributes.split(";"))


class Inks:
    """Numbers for styles, and how a terminal of a colour system is led from one to another.

    `dark` tells whether the theme is; with 16 colours or none a ground that stands out from it becomes reverse video,
    and every other ground is the terminal's own.
    """

    def __init__(self, system: ColorSystem | None, dark: bool = True) -> None:
        self._system, self._dark = system, dark
        self._numbers: dict[Look, int] = {}
        self._styles: list[Style] = []
        self._codes: list[Codes] = []
        self._blanks: dict[int, int] = {}
        self._steps: dict[tuple[Codes | None, Codes], str] = {}

    def number(self, style: Style | None) -> int:
        """The number of a style; of styles that look alike, whatever else they carry, it is the same.

        Textual marks every piece of a text with its place, for the mouse.
        """
        look = None if style is None else (style.color, style.bgcolor, style._attributes)
        found = self._numbers.get(look)
        if found is None:
            found = self._numbers[look] = len(self._codes)
            self._styles.append(style or Style.null())
            self._codes.append(_codes(style or Style.null(), self._system, self._dark))
        return found

    def blank(self, number: int) -> int:
        """The number of the style that a blank has: letters' own colours and weight do not show on it."""
        found = self._blanks.get(number)
        if found is None:
            style = self._styles[number]
            seen = style.underline or style.reverse or style.strike or style.overline
            found = number if seen else self.number(Style(bgcolor=style.bgcolor) if style.bgcolor else None)
            self._blanks[number] = found
        return found

    def codes(self, number: int) -> Codes:
        """What a style is for the terminal."""
        return self._codes[number]

    def step(self, before: Codes | None, after: Codes) -> str:
        """What leads a terminal from a style to another; None is any style."""
        found = self._steps.get((before, after))
        if found is None:
            found = self._steps[before, after] = self._step(before, after)
        return found

    def _step(self, before: Codes | None, after: Codes) -> str:
        if before == after:
            return ""
        anew = f"\x1b[{';'.join(('0', *filter(None, after)))}m"
        if before is None:
            return anew
        parts = _turned(before.attributes, after.attributes)
        if self._system is None and any(part in ENDS.values() for part in parts):
            return anew
        if before.foreground != after.foreground:
            parts.append(after.foreground or "39")
        if before.background != after.background:
            parts.append(after.background or "49")
        changed = f"\x1b[{';'.join(parts)}m"
        return changed if len(changed) < len(anew) else anew


def ground(pen: Codes | None, blank: Codes) -> Codes:
    """The style in which a terminal writes a blank that has no letters to colour, with the least to say."""
    if pen is None or blank.on_blanks:
        return blank
    kept = ";".join(a for a in pen.attributes.split(";") if a not in SEEN)
    return Codes(kept, pen.foreground, blank.background)


def _turned(before: str, after: str) -> list[str]:
    """The codes that lead from attributes to others."""
    old, new = set(filter(None, before.split(";"))), set(filter(None, after.split(";")))
    ended = {ENDS[code] for code in old - new}
    again = {code for code in new & old if ENDS[code] in ended}  # bold and dim end together
    return sorted(ended, key=int) + sorted((new - old) | again, key=int)


def _codes(style: Style, system: ColorSystem | None, dark: bool) -> Codes:
    named = [code for name, code in ATTRIBUTES if getattr(style, name)]
    if system is None or system is ColorSystem.STANDARD:
        if stands_out(style.bgcolor, dark) and not style.reverse:
            named.append("7")
        return Codes(";".join(named), sixteen(style.color, dark) if system else "", "")
    return Codes(";".join(named), _colour(style.color, system, True), _colour(style.bgcolor, system, False))


def _colour(colour: Color | None, system: ColorSystem, foreground: bool) -> str:
    if colour is None or colour.is_default:
        return ""
    return ";".join(colour.downgrade(system).get_ansi_codes(foreground=foreground))


def stands_out(ground: Color | None, dark: bool) -> bool:
    """Whether a ground is told from that of the theme, which is next to black or next to white."""
    if ground is None or ground.is_default:
        return False
    red, green, blue = ground.get_truecolor()
    light = (0.30 * red + 0.59 * green + 0.11 * blue) / 255
    return light > 0.16 if dark else light < 0.84


def sixteen(colour: Color | None, dark: bool) -> str:
    """A letter's colour among those that show on black and on white: hues, grey, and the terminal's own."""
    if colour is None or colour.is_default:
        return ""
    hue, light, saturation = rgb_to_hls(*(part / 255 for part in colour.get_truecolor()))
    if saturation < 0.15 or light < 0.05 or light > 0.95:
        near = light if dark else 1 - light
        return "90" if near < 0.62 else ""
    return HUES[round(hue * 6) % 6]
