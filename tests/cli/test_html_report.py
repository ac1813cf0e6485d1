"""The HTML report as a browser shows it: nothing is asked for, the figures are there, and nothing is cut."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecotui.cli import main

CHROMIUM = shutil.which("chromium")
PAIRED = "20261121-110526-c5ae"
SIZE = (900, 3200)
"""Pixels of the window; the page's first four figures are in it."""
A4 = 680
"""Pixels between the margins of a printed page."""
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--incognito"),
)
PROBE = """<script>
const page = document.documentElement;
const cut = [...document.querySelectorAll("h1, h2, p, th, td, caption, figcaption, dt, dd")]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 40));
const out = [...document.querySelectorAll("main *")].filter(e => !e.closest("svg"))
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName);
const pictures = [...document.querySelectorAll("figure svg")].map(e => e.getBoundingClientRect());
page.dataset.told = JSON.stringify({
  scrolled: [...document.querySelectorAll(".sheet")].some(e => e.scrollWidth > e.clientWidth),
  cut, out, wide: page.scrollWidth > innerWidth, tables: document.querySelectorAll("table").length,
  pictures: pictures.map(r => [r.left, r.top, r.width, r.height].map(Math.round)),
  asked: performance.getEntriesByType("resource").map(e => e.name),
});
</script>"""
"""Measures the page as it is laid out; the report itself has no script and would let none run."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")


def browse(*words: str, profile: Path, width: int = SIZE[0]) -> str:
    """Run the browser to its end; returns what it printed."""
    assert CHROMIUM is not None
    flags = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{SIZE[1]}"]
    done = subprocess.run([CHROMIUM, *flags, *words], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def probed(text: str, folder: Path, width: int) -> dict[str, Any]:
    """What the page tells of itself, laid out in a window of that width."""
    place = folder / "probed.html"
    place.write_text(re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", f"{PROBE}</body>"))
    dom = browse("--dump-dom", place.as_uri(), profile=folder / "profile", width=width)
    found = re.search(r'data-told="([^"]*)"', dom)
    assert found is not None
    told: dict[str, Any] = json.loads(found[1].replace("&quot;", '"'))
    return told


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a paired session that was recorded on an H100."""
    place = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECOTUI_HOME", str(place / "home"))
        assert main(["export", PAIRED, "-o", str(place / "report.html")]) == 0
    return place / "report.html"


def test_the_file_asks_for_nothing_and_forbids_everything(page: Path) -> None:
    text = page.read_text()
    assert "default-src 'none'" in text and "<script" not in text and "@import" not in text
    asked = re.findall(r'(?:src|href|action|data|poster)="(?!#)([^"]*)"', text)
    assert asked == [] and not re.search(r"url\((?!#)", text)


@pytest.mark.parametrize(("medium", "width"), [("screen", SIZE[0]), ("print", A4)])
def test_it_is_laid_out_with_its_figures_and_nothing_is_cut(
    medium: str, width: int, page: Path, tmp_path: Path
) -> None:
    text = page.read_text().replace(f"@media {medium}", "@media all")
    told = probed(text, tmp_path, width)
    assert told["asked"] == [] and not told["wide"]
    assert told["cut"] == [] and told["out"] == []
    assert len(told["pictures"]) == text.count("<figure") >= 3 and told["tables"] >= 4
    assert all(left >= 0 and width > 600 and height > 250 for left, _, width, height in told["pictures"])


def test_a_wide_table_scrolls_in_its_own_box_in_a_narrow_window(page: Path, tmp_path: Path) -> None:
    told = probed(page.read_text(), tmp_path, width=520)
    assert not told["wide"] and told["scrolled"] and told["cut"] == []


def test_it_runs_no_script_that_somebody_puts_into_it(page: Path, tmp_path: Path) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(page.read_text().replace("</body>", f"{PROBE}</body>"))
    assert (
        "data-told" not in browse("--dump-dom", probed.as_uri(), profile=tmp_path / "profile").partition("<script>")[0]
    )


def test_its_picture_has_ink_in_every_part_and_white_margins(page: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    browse(f"--screenshot={tmp_path / 'page.png'}", page.as_uri(), profile=tmp_path / "profile")
    seen = np.asarray(imread(tmp_path / "page.png"))[:, :, :3]
    dark = seen.mean(axis=2) < 0.75
    height, width = dark.shape
    assert (width, height) == SIZE
    assert not dark[:, :12].any() and not dark[:, -12:].any()
    bands = dark.reshape(height // 200, 200, width).mean(axis=(1, 2))
    assert (bands > 0.002).all()
    blue = (seen[:, :, 2] - seen[:, :, 0] > 0.4) & (seen[:, :, 1] < 0.6)
    assert blue.sum() > 500  # the candidate's colour: curves, marks and the rule beside the summary
