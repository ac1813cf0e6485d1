"""`python -m ecotui.worker`: the pipe is taken before torch, whose imports may print, is touched."""

from __future__ import annotations

import sys

from ecotui.worker.engine import Engine
from ecotui.worker.pipe import Pipe
from ecotui.worker.serve import run


def _torch(pipe: Pipe) -> Engine:
    from ecotui.worker import quiet

    quiet.before_imports()
    from ecotui.worker.torch_engine import TorchEngine

    quiet.after_imports()
    return TorchEngine()


if __name__ == "__main__":
    sys.exit(run(_torch))
