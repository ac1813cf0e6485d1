"""`python -m ecotui.worker.burst GPU`: matrix products in a known rhythm, on the card of that NVML index.

Commands come on stdin and stamps go to stdout, as `ecotui.core.bursts` says; the process ends with its stdin.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

from ecotui.core import wire
from ecotui.core.bursts import Answer, Burst, Ran, Up, end_of, planned
from ecotui.core.clock import NS
from ecotui.core.errors import EcotuiError
from ecotui.core.messages import Failed
from ecotui.worker import quiet

SIZE = 4096
PIECE_S = 0.001
"""A product is made smaller until it takes no longer: the rhythm is kept to within that."""
SPIN_NS = 2_000_000
"""So long before a burst the host stops sleeping and looks at the clock."""


def run(gpu: int, say: Callable[[Answer], None], commands: SimpleQueue[Burst]) -> None:
    """Carry out commands until the process ends."""
    try:
        device, product = prepare(gpu)
        say(Up(device, 1000 * _time(product)))
        while True:
            say(carry_out(commands.get(), product))
    except EcotuiError as error:
        say(Failed(error.what, error.advice))
    except Exception as error:
        say(Failed(f"The load failed: {type(error).__name__}: {error}"[:400], "See the GPU with nvidia-smi."))


def prepare(gpu: int) -> tuple[str, Callable[[], None]]:
    """The card's name, and one product that has ended when it returns.

    Raises:
        WorkerError: torch does not see the card.
    """
    import torch

    from ecotui.worker.device import describe, open_device

    device = open_device("cuda", gpu)
    size = SIZE
    while True:
        left, right = (torch.randn(size, size, device=device, dtype=torch.float16) for _ in range(2))
        out = torch.empty(size, size, device=device, dtype=torch.float16)

        def product(left: Any = left, right: Any = right, out: Any = out) -> None:
            torch.mm(left, right, out=out)
            torch.cuda.synchronize(device)

        if _time(product) <= PIECE_S or size <= 256:
            return describe(device), product
        size //= 2


def _time(product: Callable[[], None]) -> float:
    for _ in range(5):
        product()
    began = time.perf_counter()
    for _ in range(10):
        product()
    return (time.perf_counter() - began) / 10


def carry_out(burst: Burst, product: Callable[[], None]) -> Ran:
    """Work in the rhythm of `burst`."""
    plan = planned(burst, time.monotonic_ns())
    on, off = [], []
    for begin, end in plan:
        _wait(begin)
        on.append(time.monotonic_ns())
        while time.monotonic_ns() < end:
            product()
        off.append(time.monotonic_ns())
    _wait(end_of(burst, plan))
    return Ran(plan[0][0], time.monotonic_ns(), on, off)


def _wait(until_ns: int) -> None:
    while (left := until_ns - time.monotonic_ns()) > 0:
        if left > SPIN_NS:
            time.sleep((left - SPIN_NS) / NS)


def _listen(stream: int, commands: SimpleQueue[Burst]) -> None:
    # os.read rather than sys.stdin: a thread that sleeps inside a buffered reader breaks the interpreter's end.
    rest, kinds = b"", wire.kinds(Burst)
    while chunk := os.read(stream, 65_536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if (command := wire.decode(line.decode(), kinds)) is not None:
                commands.put(command)
    os._exit(0)  # nothing may go on loading the GPU


def main() -> int:
    """Take the pipe before torch, whose imports may print, is touched."""
    stdout, stdin = os.dup(1), os.dup(0)
    os.dup2(2, 1)

    def say(answer: Answer) -> None:
        os.write(stdout, wire.encode(answer).encode() + b"\n")

    commands: SimpleQueue[Burst] = SimpleQueue()
    Thread(target=_listen, args=(stdin, commands), daemon=True).start()
    quiet.before_imports()
    run(int(sys.argv[1]), say, commands)
    return 1


if __name__ == "__main__":
    sys.exit(main())
