"""torch, its companions and the card: imported in a process of their own, so that an import that crashes is told."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ecotui.core.clock import now_ns
from ecotui.core.units import counted, duration
from ecotui.doctor.check import ABSENT, BAD, GOOD, Check

NAMES = ("torch", "transformers", "accelerate", "bitsandbytes")
LIMIT_S = 120.0
"""For all imports together; torch over a network file system takes its time."""
CHILD = Path(__file__).with_name("imports.py")
"""Runs alone: torch is never imported into this process."""
WHEELS = "https://download.pytorch.org/whl/cu126"


class Imported:
    """What the child said, and how it ended."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}
        self.failed: dict[str, str] = {}
        """Library to why it could not be imported."""
        self.seconds: dict[str, float] = {}
        self.hung = ""
        """The library whose import did not end."""


def import_all(names: Sequence[str] = NAMES, limit_s: float = LIMIT_S) -> Imported:
    """Import the libraries in order; after one that takes the child along, the rest in another child."""
    found, left = Imported(), list(names)
    deadline_ns = now_ns() + round(limit_s * 1e9)
    while left:
        if found.hung:
            found.failed |= dict.fromkeys(left, f"not tried: {found.hung} took all the time")
            return found
        code, lines = _child(left, max((deadline_ns - now_ns()) / 1e9, 0.1))
        begun = _take(found, lines)
        if code == 0 or begun is None or begun not in left:
            for name in left:
                if name not in found.said and name not in found.failed:
                    found.failed[name] = f"the import {ending(code)}"
            return found
        found.failed[begun] = f"the import {ending(code)}"
        found.hung = begun if code is None else ""
        left = left[left.index(begun) + 1 :]
    return found


def _child(names: Sequence[str], limit_s: float) -> tuple[int | None, list[str]]:
    """Exit code, None where its time was up, and what it wrote."""
    words = [sys.executable, str(CHILD), *names]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            out, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            return None, out.split("\n")
    return process.returncode, out.split("\n")


def _take(found: Imported, lines: Sequence[str]) -> str | None:
    """Note what was said; the library whose import had begun and not ended, if any."""
    begun: str | None = None
    for line in lines:
        if not line.startswith("\x1e"):  # what a library prints is no answer
            continue
        answer = json.loads(line[1:])
        match answer:
            case {"begin": str(name)}:
                begun = name
            case {"name": str(name), "error": str(why)}:
                found.failed[name], begun = why, None
            case {"name": str(name), "version": str(version), "seconds": float(seconds)}:
                found.said[name], found.seconds[name], begun = version, seconds, None
            case dict():
                found.said |= answer
    return begun


def ending(code: int | None) -> str:
    """How a child ended, in words."""
    if code is None:
        return "did not end in its time"
    if code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        return f"crashed ({name})"
    return f"ended its process (exit code {code})"


def libraries(gpu: bool, driver_cuda: str | None = None) -> Iterator[Check]:
    """Every library, then whether torch and bitsandbytes fit the card and the driver."""
    found = import_all()
    for name in NAMES:
        if (cause := because(name, found.failed)) is not None:
            yield Check(name, ABSENT, cause)
        elif name in found.failed:
            yield Check(name, BAD, found.failed[name], mend(name, found.failed[name]))
        else:
            version = found.said[name]
            took = duration(found.seconds[name])
            yield Check(name, GOOD, f"{version} · imported in {took}", short=f"{name} {version}")
    if "torch" not in found.failed:
        yield cuda(found.said, gpu, driver_cuda)
        yield from _cards(found.said)
    if "bitsandbytes" not in found.failed and "torch" not in found.failed:
        yield native(found.said)


def because(name: str, failed: Mapping[str, str]) -> str | None:
    """Why nothing can be said of a library, where another is the cause."""
    why = failed.get(name, "")
    if why.startswith("not tried"):
        return why
    return f"cannot be imported without torch ({why})" if "torch" in failed and name != "torch" and why else None


def mend(name: str, why: str) -> str:
    """The command for a library that cannot be imported."""
    if why.startswith("ModuleNotFoundError") and f"'{name}'" in why:
        return f"Install it: `pip install {name}`."
    if "did not end" in why:
        return f'See what it waits for: `python -X importtime -c "import {name}"`; a network file system may be slow.'
    return f"Install it anew: `pip install --force-reinstall --no-deps {name}`."


def cuda(said: dict[str, Any], gpu: bool, driver_cuda: str | None) -> Check:
    """Whether torch sees the card, and where it does not, why."""
    built = said.get("torch_cuda")
    if said.get("cuda_available"):
        devices = said.get("devices", ())
        few = f"torch's CUDA {built} sees {counted(len(devices), 'GPU')}"
        return Check("cuda", GOOD, f"torch's CUDA {built} · {', '.join(devices)}", short=few)
    if not gpu:
        return Check("cuda", ABSENT, "torch sees no GPU; the embedded default runs on the CPU")
    if built is None:
        mending = f"Install one: `pip install --force-reinstall torch --index-url {WHEELS}`."
        return Check("cuda", BAD, "this torch was built without CUDA", mending)
    if driver_cuda and _version(driver_cuda)[:1] < _version(built)[:1]:
        return Check(
            "cuda",
            BAD,
            f"torch wants CUDA {built}; the driver knows {driver_cuda} at most",
            f"Update the driver, or take an older torch: `pip install --force-reinstall torch --index-url {WHEELS}`.",
        )
    why = said.get("cuda_error") or "torch does not say why"
    mending = "See whether the driver is whole: `nvidia-smi`; CUDA_VISIBLE_DEVICES must not hide the GPU."
    return Check("cuda", BAD, f"torch's CUDA {built} does not see the GPU: {why}", mending)


def _cards(said: dict[str, Any]) -> Iterator[Check]:
    """Whether torch's build has code for each card."""
    archs = [str(a) for a in said.get("archs", ())]
    for index, capability in enumerate(said.get("capabilities", ())):
        it = (int(capability[0]), int(capability[1]))
        text = f"compute capability {it[0]}.{it[1]} · torch has {' '.join(archs) or 'none'}"
        if fits(it, archs):
            yield Check(f"fit {index}", GOOD, text, short=f"it has code for {it[0]}.{it[1]}")
        else:
            mending = "Install a torch for this card: `pip install --upgrade torch`, or see pytorch.org/get-started."
            yield Check(f"fit {index}", BAD, f"{text}: no code for this card", mending)


def fits(capability: tuple[int, int], archs: Sequence[str]) -> bool:
    """Whether code for some architecture runs on a card.

    `sm_XY` runs on its major version from its minor on, `sm_XYa` on that card alone, and `compute_XY`, which the driver
    translates, on every later one (CUDA C++ programming guide, "Compute capabilities", "Compatibility").
    """
    for arch in archs:
        it = re.fullmatch(r"(sm|compute)_(\d+)(\d)([af]?)", arch)
        if it is None:
            continue
        major, minor = int(it[2]), int(it[3])
        if it[4] and (major, minor) == capability:
            return True
        if not it[4] and it[1] == "sm" and major == capability[0] and minor <= capability[1]:
            return True
        if not it[4] and it[1] == "compute" and (major, minor) <= capability:
            return True
    return False


def native(said: dict[str, Any]) -> Check:
    """bitsandbytes' library of kernels for torch's CUDA, or for the processor."""
    there = f"has kernels for CUDA {', '.join(said.get('native_versions', ())) or 'none'}"
    if said.get("native_error"):
        why = str(said["native_error"])
        mending = "Install one that has them: `pip install --upgrade bitsandbytes`; see also `ldconfig -p | grep cuda`."
        return Check("kernels", BAD, f"bitsandbytes loaded none for CUDA {said.get('torch_cuda')}: {why}", mending)
    file = said.get("native") or "built in"
    if said.get("cuda_available") and "cuda" not in file:
        mending = "Install it anew: `pip install --force-reinstall --no-deps bitsandbytes`."
        return Check("kernels", BAD, f"bitsandbytes loaded {file}, which knows no GPU; it {there}", mending)
    return Check("kernels", GOOD, f"bitsandbytes loaded {file} · {there}", short=f"bitsandbytes has {file}")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", text)[:2])
