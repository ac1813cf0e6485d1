"""Asks a server every so often, from a thread of its own: a slow answer holds up nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

from ecotui.core.clock import NS
from ecotui.core.events import Scrape
from ecotui.recorder.serving.fetch import TIMEOUT_S, Address, Answer, fetch
from ecotui.recorder.serving.metrics import Names, ServerError, Sums, read

Scraped = Scrape | ServerError
STOP_WAIT_S = 0.5


def scrape_of(answer: Answer, sums: Sums) -> Scrape:
    """One answer as the log holds it."""
    names = sums.names
    return Scrape(
        answer.at_ns,
        answer.half_width_ns,
        sums.get(names.generated),
        sums.get(names.prompt),
        sums.get(names.running),
        sums.get(names.waiting),
        sums.get(names.told),
        sums.born_s,
    )


def look(address: Address, timeout_s: float = TIMEOUT_S) -> tuple[Scrape, Sums]:
    """Ask once, and read.

    Raises:
        ServerError: no answer, or none that is known.
    """
    answer = fetch(address, timeout_s)
    sums = read(answer.text)
    return scrape_of(answer, sums), sums


class Scraper:
    """Asks every `every_s`, on a grid; what comes goes to the sink, in the scraper's thread."""

    def __init__(self, address: Address, names: Names, every_s: float, sink: Callable[[Scraped], None]) -> None:
        self._address, self._names, self._sink = address, names, sink
        self._every_ns = round(every_s * NS)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="ecotui-scraper", daemon=True)

    def __enter__(self) -> Scraper:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join(STOP_WAIT_S)  # a question under way is left behind; it ends by itself

    def _run(self) -> None:
        begin_ns = time.monotonic_ns()
        while not self._stopping.is_set():
            found = self._look()
            if self._stopping.is_set():
                return
            self._sink(found)
            now_ns = time.monotonic_ns()
            due_ns = begin_ns + ((now_ns - begin_ns) // self._every_ns + 1) * self._every_ns
            self._stopping.wait((due_ns - now_ns) / NS)

    def _look(self) -> Scraped:
        try:
            scrape, sums = look(self._address)
        except ServerError as error:
            return error
        except Exception as error:  # a silent thread would look like a server at rest
            return ServerError(f"The answer could not be read: {type(error).__name__}.", "Please report it.")
        if sums.names.server != self._names.server:
            return ServerError(f"{self._address.shown} has become another server ({sums.names.server}).")
        return scrape
