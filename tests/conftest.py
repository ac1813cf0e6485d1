"""What all tests have in common: how much of the machine each process takes."""

from __future__ import annotations

import gc
import os
import sys

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Several processes share the cores: a second thread of torch would spin while it waits for its turn."""
os.environ.pop("COLUMNS", None)
"""GNU readline, which pytest's own process imports, sets it for its children: a pipe has no width of its own."""
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""Hundreds of commands are started, and each would compile the application anew."""


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported by now stays to the end, and is not looked through whenever garbage is collected."""
    gc.collect()
    gc.freeze()
