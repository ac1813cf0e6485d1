"""What the README promises is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ecotui.cli.arguments import parser
from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.shapes import SHAPES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_lines_stand_alone() -> None:
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("ecotui demo")
    assert lines[1].endswith("python -m pytest")


def test_ci_runs_the_test_line() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    pattern = re.search(r"grep -m1 -E '([^']+)'", script)
    assert pattern is not None
    assert len(re.findall(pattern[1], README, re.MULTILINE)) == 1


def test_every_link_and_picture_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_every_page_of_the_documentation_is_in_its_contents() -> None:
    contents = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    assert {p.stem for p in (ROOT / "docs").glob("*.md")} - {"index"} == set(contents) & {p.stem for p in PAGES}


def test_the_documentation_builds_as_a_site_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the site's extra is not installed")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", str(ROOT / "docs"), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Quick start" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_every_shape_and_quantization_is_named() -> None:
    for name in (*SHAPES, *QUANTIZATIONS):
        assert name in README, name


def test_every_option_of_run_is_described() -> None:
    text = parser().format_help()
    arm = ("--model", "--quant", "--batch-size", "--new-tokens", "--prompt-tokens", "--label")
    protocol = ("--warmups", "--windows", "--window-seconds", "--idle-seconds")
    for option in (*arm, *protocol, "--gpu", "--sensor", "--device"):
        assert option in text


@pytest.mark.parametrize("name", ["store", "compare", "endurance", "latency", "redraw", "startup"])
def test_a_benchmark_that_is_asked_for_help_shows_how_it_is_called_and_measures_nothing(name: str) -> None:
    words = [sys.executable, "-m", f"benchmarks.{name}", "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"python -m benchmarks.{name}" in done.stdout and not done.stderr


def test_every_benchmark_of_the_table_has_its_section_in_that_order_with_command_and_bar() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(`[^`]+`)\]\(#(\w+)\)(.*?) \| .+ \| (.+) \|$", text, re.MULTILINE)
    sections = re.findall(r"^## (\w+)\n\n(.+)$", text, re.MULTILINE)
    assert sections == [(name, f"{command}{note}; bar: {bar}") for command, name, note, bar in listed]
    modules = {p.stem for p in (ROOT / "benchmarks").glob("*.py") if 'if __name__ == "__main__"' in p.read_text()}
    assert {name for _, name, _, _ in listed} == modules


def test_the_tour_has_a_picture_of_every_screen_and_none_is_large() -> None:
    shown = set(re.findall(r"\]\(pictures/(\w+)\.svg\)", (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")))
    assert shown >= {
        "monitor",
        "history",
        "compare",
        "findings",
        "sweep",
        "gpus",
        "record",
        "picker",
        "help",
        "quality",
    }
    for name in shown:
        picture = (ROOT / "docs" / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
        assert len(picture.encode()) < 250_000, name
        assert name not in ("gpus", "picker") or "SIMULATED" in picture
