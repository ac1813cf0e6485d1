"""The Monitor's keys."""

from __future__ import annotations

from textual.binding import Binding

REPLAY_ACTIONS = ("seek",)


def _key(
    key: str, action: str, description: str, tooltip: str, *, show: bool = False, display: str | None = None
) -> Binding:
    name = "".join(c if c.isalnum() else "-" for c in description.lower())
    return Binding(key, action, description, show, display, tooltip=tooltip, id=f"monitor.{name}")


KEYS = [
    _key("r", "run", "Run", "Run the plan", show=True),
    _key("x", "stop", "Stop", "Stop the session, unless it is only watched; what was measured is kept", show=True),
    _key("space", "pause", "Pause", "Hold the charts, or the replay", show=True, display="␣"),
    _key("p", "drawer", "Plan", "Open or close the plan", show=True),
    _key("tab", "next_view", "Next", "The next chart, or the session", show=True, display="⇥"),
    _key("d", "default", "Default", "Run the embedded default", show=True),
    _key("l", "ladder", "Ladder", "Run eager against graph: what the work costs, and what waiting for the host costs"),
    _key(
        "a", "against", "Against", "Hold the plan against fp16, by turns; of fp16 itself: name the other arm", show=True
    ),
    _key("i", "config", "Config", "The exact BitsAndBytesConfig of the plan's quantization"),
    _key("w", "watch", "Board", "Back to watching the board", show=True),
    _key("1", "view('power')", "Power", "The power chart"),
    _key("2", "view('rate')", "Throughput", "The throughput chart"),
    _key("3", "view('heat')", "Temperature", "The temperature chart"),
    _key("4", "view('session')", "Session", "Checks and notices of the session"),
    _key("5", "view('result')", "Result", "Every figure so far"),
    _key("pagedown", "page(1)", "Page down", "The result, or the session, a page further"),
    _key("pageup", "page(-1)", "Page up", "A page back"),
    _key("down", "scroll(1)", "Row down", "The result a row further, where the plan does not take the arrows"),
    _key("up", "scroll(-1)", "Row up", "A row back"),
    _key("left", "seek('skip', -5)", "Back 5 s", "Replay: five seconds back", show=True),
    _key("right", "seek('skip', 5)", "On 5 s", "Replay: five seconds on", show=True),
    _key("home", "seek('to', 0)", "Start", "Replay: to the start"),
    _key("end", "seek('to', 1)", "End", "Replay: to the end"),
    _key("left_square_bracket", "seek('window', -1)", "Window before", "Replay: the window before", display="["),
    _key("right_square_bracket", "seek('window', 1)", "Window after", "Replay: the next window", display="]"),
    _key("minus", "seek('speed', -1)", "Slower", "Replay: half the speed", display="-"),
    _key("plus,equals_sign", "seek('speed', 1)", "Faster", "Replay: twice the speed", display="+"),
]
