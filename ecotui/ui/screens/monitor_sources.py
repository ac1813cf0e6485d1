"""Where the Monitor's events come from: the board, a session that is recorded, or one that is played again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.clock import NS
from ecotui.core.events import End
from ecotui.core.plan import Plan
from ecotui.core.timeline import Timeline
from ecotui.log.checkpoint import is_long
from ecotui.log.follow import Follower
from ecotui.log.lock import is_running
from ecotui.log.reader import read_events
from ecotui.recorder import followed
from ecotui.ui.parts import Parts
from ecotui.ui.screens.monitor_scene import Figures, Mode, Scene
from ecotui.ui.widgets.watch import Watch

if TYPE_CHECKING:
    from ecotui.ui.player import Player

PATIENCE_NS = 30 * NS
"""How long a recorder may take to write its first line."""


class Sources:
    """Exactly one of them at a time; `scene` is what it tells now."""

    def __init__(self, parts: Parts, clock: Callable[[], int]) -> None:
        self.parts, self.clock = parts, clock
        self.mode: Mode = "watch"
        self.player: Player | None = None
        self.log: Path | None = None
        self.stopping = False
        self.visiting = False
        """Whether what is followed is only watched: it cannot be stopped from here."""
        self._follower: Follower | None = None
        self._watch: Watch | None = None
        self._running = False
        self._died = False
        self._seen = False
        """Whether the end of what is followed was shown."""
        self._cut = False
        """The log that is played has no end, and nobody writes it any more."""
        self._since = 0
        self._figures = Figures()
        self._trouble = parts.board_problem

    @property
    def recording(self) -> bool:
        """Whether a session goes that can be stopped."""
        line = self._follower.timeline if self._follower else None
        return self.mode == "live" and line is not None and line.end is None and not self._died

    @property
    def timeline(self) -> Timeline:
        """All that is known of what is shown."""
        source = self._follower or self.player or self._watch
        return source.timeline if source else Timeline()

    def watch(self, plan: Plan) -> None:
        """The board of a plan, live; why there is none, where there is none."""
        self.close()
        self.mode, self._trouble = "watch", self.parts.board_problem
        if not self._trouble or plan.simulated:
            self._watch = Watch(self.parts.open_board, plan)

    def follow(self, log: Path, visiting: bool = False) -> None:
        """A session while it is recorded; `visiting` is one that is only watched."""
        self.close()
        self.mode, self.log, self.visiting = "live", log, visiting
        self._follower, self._since = Follower(log), self.clock()
        followed.begin(self.parts.home, log)

    def replay(self, log: Path) -> None:
        """A recorded session.

        Raises:
            LogError: it is none.
        """
        from ecotui.ui.player import Player

        writing = is_running(log)  # asked first: an end that is written in between is then read
        player: Player
        if is_long(log):
            from ecotui.ui.long_player import LongPlayer

            follower = Follower(log)
            follower.poll()
            player, ended = LongPlayer(follower.timeline, self.clock), follower.timeline.end is not None
        else:
            events = list(read_events(log))
            player, ended = Player(events, self.clock, log), any(isinstance(event, End) for event in events)
        self.close()
        self.mode, self.log, self.player = "replay", log, player
        self._cut = not writing and not ended

    def hold(self, at_s: float) -> None:
        """The replay at that many seconds from the session's start, or at its end; it plays on when it is told to."""
        if self.player is not None:
            self.player.seek(min(at_s, self.player.length_s))
            self.player.playing = False

    def close(self) -> None:
        """Let go of everything; a recording goes on."""
        if self._watch is not None:
            self._watch.close()
        self._watch = self._follower = self.player = self.log = None
        self._running = self._died = self._seen = self._cut = self.stopping = self.visiting = False

    def poll(self) -> int:
        """Take in what is new; returns how many events that was.

        Raises:
            LogError: the log is damaged.
        """
        if self._follower is not None:
            return self._poll_log(self._follower)
        if self.player is not None:
            return self.player.poll()
        if self._watch is not None:
            taken = self._watch.poll()
            self._trouble = str(self._watch.trouble or "")
            return taken
        return 0

    def _poll_log(self, follower: Follower) -> int:
        # The lock is asked first: an end that is written in between is then seen, and no recorder is called dead.
        self._running = follower.running
        taken = follower.poll()
        line = follower.timeline
        late = line.header is not None or self.clock() - self._since > PATIENCE_NS
        self._died = not self._running and line.end is None and late
        if self.log is not None and not self._seen and (self._died or line.end is not None):
            self._seen = True
            followed.done(self.log)
        return taken

    def scene(self, plan: Plan, paused: bool) -> Scene:
        """One look."""
        line, player = self.timeline, self.player
        if self.mode != "watch":
            arm = line.spans[-1].phase.arm if line.spans else 0
            self._figures.update(line, arm)
        shown = self._figures if self.mode != "watch" and self._figures.line is line else Figures()
        arm = line.spans[-1].phase.arm if line.spans else 0
        return Scene(
            line=line,
            now_ns=player.position_ns if player else self.clock() if self._running else line.last_ns,
            mode=self.mode,
            run=shown.run,
            windows=shown.of(arm),
            pairs=shown.pairs,
            rated=shown.runs,
            running=self._running,
            stopping=self.stopping,
            died=self.mode == "live" and self._died,
            cut=self._cut and player is not None and player.at_end,
            paused=paused,
            trouble=self._trouble if self.mode == "watch" else "",
            plan=plan,
            log=self.log,
            at_s=player.at_s if player else 0.0,
            length_s=player.length_s if player else 0.0,
            speed=player.speed if player else 1.0,
        )
