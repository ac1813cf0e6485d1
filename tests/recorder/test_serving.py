"""Watching a server: what its pages tell, what it does when they do not come, and what goes into the log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from ecotui.core.errors import UsageError
from ecotui.core.events import Scrape
from ecotui.core.scrapes import Scrapes
from ecotui.core.summary import summarize
from ecotui.log.reader import read_timeline
from ecotui.recorder.serving.brackets import Brackets
from ecotui.recorder.serving.fetch import address_of, fetch
from ecotui.recorder.serving.launch import launch_watched
from ecotui.recorder.serving.metrics import ServerError, read
from ecotui.recorder.serving.request import Request
from ecotui.recorder.serving.scraper import look
from ecotui.recorder.serving.session import bare_of
from ecotui.store.home import Home, log_of
from ecotui.store.store import Store
from tests import factory, served
from tests.factory import at
from tests.metrics_pages import PAGES, Counters
from tests.recorder.following import until

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """A real server on a free port, which answers every GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def page(text: str, status: int = 200, **headers: str) -> Answer:
    """Always the same page."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = text.encode()
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.mark.parametrize("server", PAGES)
def test_each_servers_page_is_read_by_its_own_names(server: str) -> None:
    with serving(page(Counters(generated=7.5e6, prompt=812).page(server))) as port:
        scrape, sums = look(address_of(f"http://127.0.0.1:{port}/metrics"))
    assert sums.names.server == server
    assert (scrape.generated, scrape.prompt, scrape.running, scrape.waiting) == (7.5e6, 812, 4, 1)
    assert scrape.told_tok_s == (86.5 if server == "sglang" else None)
    assert sums.names.counts == ("steps" if server == "vllm" else "requests")


def test_engines_and_models_are_summed_and_a_missing_total_suffix_changes_nothing() -> None:
    one = Counters(generated=100).page("vllm")
    other = one.replace('engine="0"', 'engine="1"').replace("Mistral-7B-v0.1", "Mistral-7B-Instruct")
    sums = read("\n".join([one.replace("_tokens_total{", "_tokens{"), other]))
    assert (sums.get("vllm:generation_tokens"), sums.series, len(sums.models)) == (200, 2, 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (page("Not Found", 404), "HTTP 404.*--enable-metrics"),
        (page("{}", 501), "HTTP 501.*--metrics"),
        (page("<!doctype html><p>hi"), "a web page"),
        (page("# TYPE up gauge\nup 1\nnode_load1 0.5\n"), "it has up, node_load1"),
        (page('vllm:generation_tokens_total{model_name="x} 12\n'), "cannot be read"),
        (page("", 307, Location="http://elsewhere.invalid:9/metrics"), "redirects to http://elsewhere.invalid:9/met"),
        (page("", 307, Location="/metrics"), "in circles"),
        (page("x" * (8 * 1024 * 1024 + 9)), "more than 8 MiB"),
    ],
)
def test_what_is_no_page_of_metrics_is_said_in_a_sentence(answer: Answer, said: str) -> None:
    with serving(answer) as port, pytest.raises(ServerError, match=f"(?s).*{said}"):
        look(address_of(f"127.0.0.1:{port}"))


def test_a_redirect_on_the_same_host_is_followed_with_its_credentials() -> None:
    asked: list[tuple[str, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append((handler.path, handler.headers["Authorization"]))
        moved = handler.path == "/metrics"
        (page("", 307, Location="/metrics/") if moved else page(Counters().page("vllm")))(handler)

    with serving(answer) as port:
        fetch(address_of(f"http://me:se%20cret@127.0.0.1:{port}/metrics"))
    assert asked == [("/metrics", "Basic bWU6c2UgY3JldA=="), ("/metrics/", "Basic bWU6c2UgY3JldA==")]


def test_a_server_that_says_nothing_at_all_is_told_as_late_and_not_as_broken() -> None:
    over = Event()
    with serving(lambda _: over.wait(10) and None) as port:
        try:
            with pytest.raises(ServerError, match=r"nothing within 0\.2 s"):
                fetch(address_of(f"http://127.0.0.1:{port}"), timeout_s=0.2)
        finally:
            over.set()


def test_a_server_that_drips_or_is_not_there_ends_in_time() -> None:
    over = Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()  # without a length: what came until the end would look whole
        handler.wfile.write(b"vllm:generation_tokens_total 5\n")
        handler.wfile.flush()
        over.wait(10)

    with serving(drip) as port:
        try:
            with pytest.raises(ServerError, match=r"nothing within 0\.3 s"):
                fetch(address_of(f"http://127.0.0.1:{port}"), timeout_s=0.3)
        finally:
            over.set()
    with pytest.raises(ServerError, match=r"does not answer.*refused"):
        fetch(address_of(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("text", ["ftp://u:hush@host/", "http://", "http://u:hush@host:port/", "http://h/a b?hush"])
def test_an_address_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UsageError, match="--metrics") as refused:
        address_of(text)
    assert "hush" not in str(refused.value)


def test_what_is_shown_of_an_address_holds_neither_user_nor_query() -> None:
    address = address_of("http://u:hush@[::1]:8000/metrics?token=hush")
    assert address.shown == "http://[::1]:8000/metrics" and "hush" not in repr(address)
    assert "hush" not in repr(Request("http://u:hush@host"))


def scrapes(*told: tuple[float, float]) -> Iterator[tuple[Scrapes, Scrape]]:
    """Answers at (seconds, tokens), one after the other."""
    known = Scrapes()
    for seconds, tokens in told:
        known.add(scrape := Scrape(at(seconds), 0, tokens, tokens / 4))
        yield known, scrape


def test_windows_are_cut_at_answers_and_none_holds_a_restart_or_a_silence() -> None:
    brackets = Brackets(10.0, 1.0)
    told = [(s, 100.0 * s) for s in range(0, 26)]  # two windows, and half of one
    told += [(s, 100.0 * (s - 26)) for s in range(26, 40)]  # started again: one window, and four seconds
    told += [(s, 100.0 * (s - 26)) for s in range(55, 66)]  # silent for longer than a window: one window
    found = [done for known, _ in scrapes(*told) if (done := brackets.saw(known)) is not None]
    assert [((w.t0_ns - at(0)) // 10**9, w.tokens) for w in found] == [(0, 1000), (10, 1000), (26, 1000), (55, 1000)]


def test_no_rate_looks_back_over_a_restart() -> None:
    *_, (known, _) = scrapes((0, 500), (1, 600), (2, 10), (3, 40))
    assert known.rate_tok_s() == 30 and known.begun_ns == [at(2)]


def test_bare_idle_power_is_that_of_the_newest_completed_measured_run_of_this_very_board(tmp_path: Path) -> None:
    store = Store(Home(tmp_path))
    for made in (factory.events(), served.events(), factory.events("20261121-150000-f00d", 99.0, outcome="stopped")):
        store.append(factory.fold(made))
    measured_w, run = bare_of(store, factory.board())
    assert (measured_w, run) == (pytest.approx(70.0), "20261121-120000-beef.0")
    assert bare_of(store, replace(factory.board(), uuid="another")) == (None, None)


def test_a_server_is_watched_recorded_and_stored_apart_from_measured_runs(tmp_path: Path) -> None:
    """The whole way, by the command: no terminal, lines on stdout, a log, a stored row; and never the password."""
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers["Authorization"])
        n = len(asked)
        if n in (5, 7, 9):  # a server that stumbles all the time is told of once
            page("busy", 503)(handler)
        else:
            page(Counters(generated=50.0 * n, prompt=10.0 * n).page("vllm"))(handler)

    with serving(answer) as port:
        words = f"watch --metrics http://me:hush@127.0.0.1:{port}/metrics?key=hush --sensor simulated --json"
        words += " --seconds 1.2 --window-seconds 0.4 --every 0.1"
        done = subprocess.run(
            [sys.executable, "-m", "ecotui", *words.split()],
            env=os.environ | {"ECOTUI_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    run = told["runs"][0]
    assert (run["watched"], run["engine"], run["quantization"]) == ("vllm", "watched vllm", None)
    assert run["energy_gross_j_per_1k_tokens"] == pytest.approx(1000 * run["energy_gross_j"] / run["tokens"])
    assert run["energy_net_context_j_per_1k_tokens"] is None and run["simulated"] is True
    assert "does not answer" not in done.stderr
    assert done.stderr.count("HTTP 503") == done.stderr.count("answers again") == 1
    home = Home(tmp_path)
    log = log_of(home.root, told["session_id"])
    assert log is not None
    line = read_timeline(log)
    runs, windows = summarize(line)
    assert [stored.row for stored in Store(home).runs()] == runs and Store(home).windows(runs[0].run_id) == windows
    assert line.header is not None and line.header.watched is not None and len(windows) >= 2
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"hush" in data for data in written) and "hush" not in done.stdout + done.stderr


def test_a_watching_recorder_that_is_killed_as_a_window_ends_loses_no_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    home, asked = Home.open(), count()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        page(Counters(generated=50.0 * next(asked), prompt=10.0).page("vllm"))(handler)

    with serving(answer) as port:
        request = Request(f"http://127.0.0.1:{port}/metrics", sensor="simulated", window_s=0.4, every_s=0.1)
        recording = launch_watched(home, request)
        try:
            line = until(recording, lambda line: bool(line.overs.waiting))
        finally:
            recording.process.kill()
            recording.process.wait()
    seen = [*line.windows, *line.overs.waiting]
    store = Store(home)
    assert store.adopt() == [recording.log.parent.name] and store.problems == []
    (stored,) = store.runs()
    windows = store.windows(stored.row.run_id)
    assert stored.row.outcome == "unfinished" and len(windows) >= len(seen) >= 1
    assert [w.t0_ns for w in windows][: len(seen)] == [w.t0_ns for w in seen]
    assert all(w.tokens and (w.valid or w.cause) for w in windows)
