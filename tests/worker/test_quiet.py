"""Nothing but generation happens in the worker: no log line a token, and no sensor."""

from __future__ import annotations

import subprocess
import sys

BFLOAT16 = """
import torch
from bitsandbytes.nn import Linear8bitLt, Int8Params
layer = Linear8bitLt(64, 64, bias=False, has_fp16_weights=False, threshold=6.0)
layer.weight = Int8Params(torch.randn(64, 64), requires_grad=False, has_fp16_weights=False)
layer.to("cpu").eval()
for _ in range(10):
    layer(torch.randn(2, 64, dtype=torch.bfloat16))
"""
RUN = """
import sys
from ecotui.core.arm import Arm
from ecotui.core.messages import Load
from ecotui.worker.stamps import Stamps
from ecotui.worker.torch_engine import TorchEngine
engine = TorchEngine()
loaded = engine.load(Load(Arm("synthetic:tiny", "int8", 1, 4, 4), 0, "cpu", 0, 7))
loaded.generate(Stamps(lambda _: None, 0, 0))
loaded.examine()
graph = engine.load(Load(Arm("synthetic:tiny", "fp16", 1, 4, 4, "graph"), 1, "cpu", 0, 7))
graph.generate(Stamps(lambda _: None, 0, 0))
assert sys.modules.get("pynvml") is None, "NVML is the recorder's"
"""
QUIET = "from ecotui.worker import quiet; quiet.before_imports(); import torch, transformers; quiet.after_imports()\n"


def said(code: str) -> str:
    """stderr of a process that runs this."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_neither_int8_layers_nor_a_whole_run_log_a_line_or_import_pynvml() -> None:
    assert "cast from torch.bfloat16 to float16" in said(BFLOAT16), "else there is nothing to silence"
    assert said(QUIET + BFLOAT16 + RUN) == "", "nor does a whole run"
