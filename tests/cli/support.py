"""The command as an operator runs it: a process of its own with a home of its own."""

import os
import subprocess
import sys
from pathlib import Path


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command; nothing of the hub is ever asked."""
    return os.environ | {"ECOTUI_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"} | more


def ecotui(*words: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `ecotui WORDS` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ecotui", *words],
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        stdin=subprocess.DEVNULL,
    )
