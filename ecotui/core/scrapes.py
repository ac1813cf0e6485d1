"""What a watched server told, look by look: totals that go on where its counters begin anew."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import replace

from ecotui.core.clock import NS
from ecotui.core.events import Scrape

STEPS_SPAN_NS, REQUESTS_SPAN_NS = 5 * NS, 30 * NS
"""Live rates are means over so long: of a server that counts whole requests, long enough to hold some."""
KINDS = ("generated", "prompt")


class Scrapes:
    """Every answer, in order. Columns are (answers,); NaN where the server did not tell."""

    def __init__(self) -> None:
        self.at_ns = array("q")
        self.generated, self.prompt = array("d"), array("d")
        """Tokens since the session's first answer; what a restart has lost is in neither."""
        self.running, self.waiting = array("d"), array("d")
        self.begun_ns: list[int] = []
        """First answers after the server's counters began anew."""
        self.last: Scrape | None = None

    def __len__(self) -> int:
        return len(self.at_ns)

    @property
    def parts(self) -> tuple[array[int] | array[float], ...]:
        """The stamps and every column, as they lie in memory."""
        return (self.at_ns, self.generated, self.prompt, self.running, self.waiting)

    def add(self, scrape: Scrape) -> None:
        """Take an answer in."""
        before, self.last = self.last, scrape
        anew = before is not None and began_anew(before, scrape)
        for kind, total in zip(KINDS, (self.generated, self.prompt), strict=True):
            grown = 0.0 if before is None or anew else _count(scrape, kind) - _count(before, kind)
            total.append((total[-1] if total else 0.0) + grown)
        if anew:
            self.begun_ns.append(scrape.at_ns)
        self.at_ns.append(scrape.at_ns)
        self.running.append(_known(scrape.running))
        self.waiting.append(_known(scrape.waiting))

    def until(self, at_ns: int) -> Scrapes:
        """The answers up to a time."""
        out, end = Scrapes(), bisect_right(self.at_ns, at_ns)
        for part, whole in zip(out.parts, self.parts, strict=True):
            part.extend(whole[:end])  # type: ignore[arg-type]
        out.begun_ns = [at for at in self.begun_ns if at <= at_ns]
        if self.last is not None and end:
            told = self.running[end - 1], self.waiting[end - 1]
            running, waiting = (None if value != value else value for value in told)  # noqa: PLR0124
            out.last = replace(self.last, at_ns=self.at_ns[end - 1], running=running, waiting=waiting)
        return out

    def rate_tok_s(self, kind: str = "generated", *, per_request: bool = False) -> float | None:
        """Tokens a second over the last seconds; None before two answers, or where the server began anew meanwhile."""
        first = self.first_of(REQUESTS_SPAN_NS if per_request else STEPS_SPAN_NS)
        if first is None:
            return None
        total = self.generated if kind == "generated" else self.prompt
        return (total[-1] - total[first]) * NS / (self.at_ns[-1] - self.at_ns[first])

    def first_of(self, span_ns: int) -> int | None:
        """The answer that a look back over `span_ns` begins with, never before a restart; None with fewer than two."""
        since = max(self.at_ns[-1] - span_ns, self.begun_ns[-1] if self.begun_ns else 0) if len(self) else 0
        first = bisect_left(self.at_ns, since)
        return first if first < len(self) - 1 else None

    def tokens(self, kind: str, t0_ns: int, t1_ns: int) -> float | None:
        """Tokens between two answers, by their stamps; None where no answer has them."""
        first, last = bisect_left(self.at_ns, t0_ns), bisect_left(self.at_ns, t1_ns)
        if last >= len(self) or (self.at_ns[first], self.at_ns[last]) != (t0_ns, t1_ns):
            return None
        total = self.generated if kind == "generated" else self.prompt
        return total[last] - total[first]

    def mean(self, name: str, t0_ns: int, t1_ns: int) -> float | None:
        """Mean of `running` or `waiting` over the answers in [t0, t1]; None where none tells it."""
        first, end = bisect_left(self.at_ns, t0_ns), bisect_left(self.at_ns, t1_ns + 1)
        told = [v for v in getattr(self, name)[first:end] if v == v]  # noqa: PLR0124  # NaN alone is unlike itself
        return sum(told) / len(told) if told else None


def began_anew(before: Scrape, after: Scrape) -> bool:
    """Whether the server, or one of its engines, was started again in between: a counter only ever rises."""
    if before.born_s is not None and after.born_s is not None and abs(after.born_s - before.born_s) > 1:
        return True
    return any(_count(after, kind) < _count(before, kind) for kind in KINDS)


def _count(scrape: Scrape, kind: str) -> float:
    return getattr(scrape, kind) or 0.0


def _known(value: float | None) -> float:
    return float("nan") if value is None else value
