"""The doctor's child: imports the libraries that are named, and says after each what it found.

Runs as a script, so that neither ecotui nor its environment has a part in what it finds. Answers are lines that begin
with a record separator; a library that takes the process along leaves the line that said it had begun.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def say(**answer: Any) -> None:
    """One answer, through to the pipe: the next import may be the last."""
    sys.stdout.write("\n\x1e" + json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(names: list[str]) -> None:
    """Import them in order."""
    facts = {"torch": of_torch, "bitsandbytes": of_bitsandbytes}
    for name in names:
        say(begin=name)
        began = time.monotonic()
        try:
            module = importlib.import_module(name)
            more = facts[name](module) if name in facts else {}
        except BaseException as error:
            say(name=name, error=f"{type(error).__name__}: {error}"[:300])
            continue
        say(**more)
        say(name=name, version=str(getattr(module, "__version__", "?")), seconds=time.monotonic() - began)


def of_torch(torch: Any) -> dict[str, Any]:
    """What torch was built for, and which cards it sees."""
    out: dict[str, Any] = {"torch_cuda": getattr(torch.version, "cuda", None), "cuda_available": False}
    try:
        out["cuda_available"] = bool(torch.cuda.is_available())
        if not out["cuda_available"]:
            return out
        count = range(torch.cuda.device_count())
        out["devices"] = [torch.cuda.get_device_name(i) for i in count]
        out["capabilities"] = [list(torch.cuda.get_device_capability(i)) for i in count]
        out["archs"] = torch.cuda.get_arch_list()
    except Exception as error:
        out["cuda_error"] = f"{type(error).__name__}: {error}"[:300]
    return out


def of_bitsandbytes(module: Any) -> dict[str, Any]:
    """Which library of kernels it has loaded, and for which CUDA it has one."""
    from bitsandbytes import cextension

    lib = getattr(cextension, "lib", None)
    out: dict[str, Any] = {"native_versions": []}
    if hasattr(cextension, "get_available_cuda_binary_versions"):
        out["native_versions"] = list(cextension.get_available_cuda_binary_versions())
    if lib is None or type(lib).__name__.startswith("ErrorHandler"):
        out["native_error"] = str(getattr(lib, "error_msg", "its native library is missing"))[:300]
    else:
        out["native"] = Path(str(getattr(getattr(lib, "_lib", None), "_name", ""))).name
    return out


if __name__ == "__main__":
    sys.path[0] = ""  # the folder of this script holds modules of ours, and none of them is meant
    main(sys.argv[1:])
