"""NVIDIA's module pynvml, and the old package of the same name that hides it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ecotui.sensors.nvml_trouble import NEEDED, shadowed

PROBE = """
from ecotui.core.errors import BoardError
from ecotui.sensors.nvml import load
try:
    print("loaded", load().__file__)
except BoardError as error:
    print(error)
"""


def probe(folder: Path) -> str:
    paths = os.pathsep.join([str(folder), str(Path.cwd())])
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def install(folder: Path, version: str, *files: str, text: str = "") -> None:
    """A distribution named pynvml, as pip lays it down."""
    info = folder / f"pynvml-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pynvml\nVersion: {version}\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in (*files, f"{info.name}/RECORD")))
    for file in files:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text)


def test_nvidias_own_module_is_fine() -> None:
    assert shadowed(NEEDED, "/site/pynvml.py", []) is None


def test_a_pynvml_distribution_without_the_module_is_harmless() -> None:
    assert shadowed(NEEDED, "/site/pynvml.py", ["/site/pynvml_utils/__init__.py"]) is None


def test_a_module_that_belongs_to_the_pynvml_distribution_is_refused_even_if_it_has_everything() -> None:
    reason = shadowed(NEEDED, "/site/pynvml/__init__.py", ["/site/pynvml/__init__.py"])
    assert reason is not None
    assert "old package pynvml" in reason


def test_a_module_that_lacks_the_instant_power_is_refused() -> None:
    reason = shadowed(NEEDED[1:], "/site/pynvml.py", [])
    assert reason is not None
    assert reason.endswith("it lacks NVML_FI_DEV_POWER_INSTANT.")


def test_an_old_package_on_the_path_is_found_and_its_mend_named(tmp_path: Path) -> None:
    install(tmp_path, "11.5.3", "pynvml/__init__.py", text="def nvmlInit(): pass\n")
    said = probe(tmp_path)
    assert "old package pynvml" in said
    assert "pip uninstall pynvml && pip install --force-reinstall nvidia-ml-py" in said


def test_an_old_package_without_its_distribution_is_found_by_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "pynvml.py").write_text("def nvmlInit(): pass\n")
    assert "too old" in probe(tmp_path)


def test_the_newer_pynvml_beside_nvidias_module_is_harmless(tmp_path: Path) -> None:
    install(tmp_path, "13.0.1", "pynvml_utils/__init__.py")
    assert probe(tmp_path).startswith("loaded")
