"""Takes completed sessions of a home into this folder: logs gzipped, the store made anew from them.

python sample_runs/pack.py HOME             packs HOME's sessions that have completed
python sample_runs/pack.py HOME SESSION...  and those named, whatever became of them
python sample_runs/pack.py                  makes the store anew from the logs that are here
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

from ecotui.log import read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store

HERE = Path(__file__).parent


def again() -> None:
    """The rows of every sample, as this version makes them."""
    store = Store(Home(HERE))
    for log in sorted(HERE.glob("sessions/*/log.jsonl.gz")):
        store.append(read_timeline(log))


def main(source: Path, *named: str) -> None:
    """Pack every session of `source` that has completed, or is named."""
    store = Store(Home(HERE))
    for log in sorted(source.glob("sessions/*/log.jsonl")):
        line = read_timeline(log)
        if log.parent.name not in named and (line.end is None or line.end.outcome != "completed"):
            print(f"left out: {log} did not complete")
            continue
        target = HERE / "sessions" / log.parent.name / "log.jsonl.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(log.read_bytes(), 9, mtime=0))
        (run, *_) = store.append(line)
        print(f"{target.stat().st_size:>9,} B  {run.run_id}  {run.model} {run.quantization} b{run.batch_size}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:]) if sys.argv[1:] else again()
