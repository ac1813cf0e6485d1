"""Gaps between readings beside a generating worker: ecotui's recorder against a thread in the generating process.

python -m benchmarks.sampler [SECONDS] [--sensor nvml --model synthetic:tinyllama-1.1b]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.ending import ending
from benchmarks.table import show
from ecotui.log import read_timeline

THREAD = """
import json, sys, threading, time
import torch, transformers
from ecotui.sensors.board import open_board
transformers.logging.set_verbosity_error()
sensor, device, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
config = transformers.AutoConfig.for_model("llama", hidden_size=256, intermediate_size=704, num_hidden_layers=4,
    num_attention_heads=4, num_key_value_heads=2, vocab_size=4096)
with torch.device(device):
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float16).eval()
torch.set_num_threads(max(1, torch.get_num_threads() - 1))
ids = torch.randint(10, 4000, (4, 16), device=device)
board, stamps, over = open_board(sensor, 0), [], threading.Event()
def watch():
    while not over.is_set():
        board.read(); board.energy_j(); stamps.append(time.monotonic_ns()); time.sleep(0.1)
fixed = dict(max_new_tokens=64, min_new_tokens=64, do_sample=False, pad_token_id=0)
generate = lambda: model.generate(ids, attention_mask=torch.ones_like(ids), **fixed)
generate()
thread = threading.Thread(target=watch); thread.start()
end = time.monotonic() + seconds
while time.monotonic() < end:
    generate()
over.set(); thread.join()
print(json.dumps(stamps))
"""


def gaps_ms(stamps: list[int]) -> np.ndarray:
    """Differences of stamps in milliseconds."""
    return np.diff(np.array(stamps, dtype=np.int64)) / 1e6


def recorded(options: argparse.Namespace, home: str) -> tuple[np.ndarray, int, np.ndarray]:
    """Gaps of a real run's readings while it generates, readings lost against a 10 Hz grid, tick half widths (ms)."""
    words = ["run", "--json", "--windows", "1", "--window-seconds", str(options.seconds), "--warmups", "1"]
    words += ["--idle-seconds", "1", "--batch-size", "4", "--new-tokens", "64", "--sensor", options.sensor]
    words += ["--model", options.model]
    done = subprocess.run(
        [sys.executable, "-m", "ecotui", *words],
        env=os.environ | {"ECOTUI_HOME": home},
        stdout=subprocess.PIPE,
        check=True,
    )
    line = read_timeline(Path(json.loads(done.stdout)["log"]))
    window = line.windows[0]
    at = line.readings.at_ns
    inside = at[(at >= window.t0_ns) & (at <= window.t1_ns)]
    expected = int((inside[-1] - inside[0]) / 1e8 + 0.5) + 1
    return gaps_ms(inside.tolist()), max(expected - len(inside), 0), line.ticks.column("half_width_ns") / 1e6


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=20.0)
    parser.add_argument("--sensor", default="simulated")
    parser.add_argument("--model", default="synthetic:tiny")
    options = parser.parse_args()
    device = "cuda" if options.sensor == "nvml" else "cpu"
    with tempfile.TemporaryDirectory() as home, ending(home):
        ours, lost, halves = recorded(options, home)
    peer_out = subprocess.run(
        [sys.executable, "-c", THREAD, options.sensor, device, str(options.seconds)], stdout=subprocess.PIPE, check=True
    ).stdout
    peer = gaps_ms(json.loads(peer_out.splitlines()[-1]))
    rows = []
    for name, gaps, gone in (
        ("ecotui recorder", ours, lost),
        ("thread beside generate()", peer, max(round(peer.sum() / 100) - len(peer), 0)),
    ):
        p50, p99, most = np.percentile(gaps, (50, 99, 100))
        rows.append((name, str(len(gaps)), f"{p50:.1f}", f"{p99:.1f}", f"{most:.1f}", f"{p99 - 100:+.1f}", str(gone)))
    heads = ("sampler, 10 Hz", "gaps", "p50 ms", "p99 ms", "max ms", "p99 off (bar ≤ 10)", "lost (bar 0)")
    show(f"Gaps between readings, {options.sensor} board, {options.model}", heads, rows)
    half = f"median {np.median(halves):.2f} ms, largest {halves.max():.2f} ms over {len(halves)} ticks"
    print(f"Stamps of the energy counter's ticks are off by at most: {half}.")


if __name__ == "__main__":
    main()
