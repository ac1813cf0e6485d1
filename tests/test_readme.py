"""What the README promises is there."""

import re
from pathlib import Path

from ecotui.cli.arguments import parser
from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.shapes import SHAPES

ROOT = Path(__file__).parents[1]
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


def test_every_shape_and_quantization_is_named() -> None:
    for name in (*SHAPES, *QUANTIZATIONS):
        assert name in README, name


def test_every_option_of_run_is_described() -> None:
    text = parser().format_help()
    arm = ("--model", "--quant", "--batch-size", "--new-tokens", "--prompt-tokens", "--label")
    protocol = ("--warmups", "--windows", "--window-seconds", "--idle-seconds")
    for option in (*arm, *protocol, "--gpu", "--sensor", "--device"):
        assert option in text
