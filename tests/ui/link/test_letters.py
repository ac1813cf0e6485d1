"""ASCII for every letter that the source uses, and the locale that asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual._cells import cell_len

import ecotui
from ecotui.core.locales import at_start, in_ascii
from ecotui.ui.link.letters import SIGNS, UNKNOWN, ascii_text, key_name
from ecotui.ui.link.terminal import theme_of
from ecotui.ui.theme import ARM_GLYPHS
from ecotui.ui.widgets.topbar import STATES

PACKAGE = Path(ecotui.__file__).parent


def test_every_letter_of_the_source_has_one_in_ascii_of_as_many_cells() -> None:
    kinds = ("*.py", "*.tcss", "*.csv", "core/*.json", "analysis/*.json")  # a tokenizer's words are never shown
    files = [path for kind in kinds for path in PACKAGE.rglob(kind)]
    used = {letter for path in files for letter in path.read_text(encoding="utf-8") if not letter.isascii()}
    used |= {chr(code) for code in range(0x2500, 0x25A0)} | {chr(code) for code in range(0x2800, 0x2900)}
    for letter in sorted(used):
        shown = ascii_text(letter)
        assert shown.isascii() and UNKNOWN not in shown, f"{letter} U+{ord(letter):04X} is {shown!r}"
        assert len(shown) == cell_len(letter), letter


def test_letters_from_outside_keep_their_cells() -> None:
    assert ascii_text("modèle 宽 ü") == "modele ?? u"


def test_what_has_to_be_told_apart_is() -> None:
    assert len({ascii_text(glyph) for glyph in ARM_GLYPHS}) == len(ARM_GLYPHS)
    assert len({ascii_text(glyph) for glyph in "✔≈✘"}) == 3
    assert ascii_text(STATES["no board"][0]) != ascii_text(STATES["measuring"][0])
    assert all(len(sign) == 1 for sign in SIGNS.values())


def test_a_curve_keeps_its_heights() -> None:
    assert ascii_text("⠉⠒⠤⣀⡇⡠⠢") == "'--.|/\\"
    assert ascii_text("╭─┈┬┊╯") == "+--+|+"


def test_a_key_is_named_where_there_is_room() -> None:
    assert key_name("⏎") == "enter" and key_name("↑↓") == "updown" and key_name("^p") == "^p"


@pytest.mark.parametrize(
    ("locale", "plain"),
    [
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "en_US.ISO-8859-1"}, True),
        ({"LANG": "de_DE@euro"}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({}, False),
    ],
)
def test_the_locale_chooses_the_letters(locale: dict[str, str], plain: bool) -> None:
    assert in_ascii(locale) is plain


def test_the_locale_is_that_of_the_start(tmp_path: Path) -> None:
    started = tmp_path / "environ"
    started.write_bytes(b"LANG=C\0TERM=vt100\0")
    assert in_ascii(at_start({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, started))


def test_a_light_ground_is_known_by_its_number() -> None:
    assert [theme_of("auto", {"COLORFGBG": it}) for it in ("0;15", "15;0", "0;default;7", "")] == [
        "light",
        "dark",
        "light",
        "dark",
    ]
    assert theme_of("light", {"COLORFGBG": "15;0"}) == "light"
