"""The layers, the lint and the types hold."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_layers() -> None:
    run(str(BIN / "lint-imports"), "--no-cache")


def test_lint() -> None:
    run(str(BIN / "ruff"), "check", "--no-cache", ".")


def test_layout() -> None:
    run(str(BIN / "ruff"), "format", "--no-cache", "--check", ".")


def test_types() -> None:
    run(sys.executable, "-m", "mypy")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("ecotui.cli", {"textual", "rich", "polars", "torch", "pynvml", "numpy"}),
        ("ecotui.core.summary", {"textual", "rich", "polars", "torch", "pynvml", "platformdirs"}),
        ("ecotui.log", {"textual", "rich", "polars", "torch", "pynvml"}),
        ("ecotui.recorder.main", {"textual", "rich", "torch", "transformers", "plotext"}),
        ("ecotui.sensors.simulated", {"pynvml", "torch", "textual"}),
        ("ecotui.ui.app", {"polars", "torch", "transformers", "pynvml"}),
    ],
)
def test_importing_a_layer_brings_nothing_of_another(module: str, absent: set[str]) -> None:
    code = f"import sys, {module}; print(' '.join(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not absent & set(done.stdout.split())
