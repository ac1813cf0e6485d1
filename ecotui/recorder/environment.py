"""What a session ran on, without importing what it will run."""

from __future__ import annotations

import os
import platform
import socket
import sys
from importlib import metadata
from pathlib import Path

import ecotui

PACKAGES = ("torch", "transformers", "bitsandbytes", "accelerate", "nvidia-ml-py", "polars")


def version(distribution: str) -> str | None:
    """Installed version of a distribution; None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def environment() -> dict[str, str]:
    """Host, processor, Python, and the versions of what measures and is measured."""
    facts = {
        "ecotui": ecotui.__version__,
        "host": socket.gethostname(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cpu_cores": str(os.cpu_count() or 0),
        "executable": Path(sys.executable).name,
    }
    facts |= {name: found for name in PACKAGES if (found := version(name))}
    return {name: value for name, value in facts.items() if value}


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()
