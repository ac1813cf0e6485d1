"""Choosing a model, with the quantization and the batch size that it is to run in.

What is known is listed by a thread of its own: a slow disk keeps nobody from typing a name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Thread
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from ecotui.core.arm import QUANTIZATIONS, Arm
from ecotui.core.errors import EcotuiError
from ecotui.core.models import (
    ABSENT,
    CACHE,
    FOLDER,
    NO_MODEL,
    SAMPLE,
    SOUGHT,
    TYPED,
    UNREADABLE,
    Listing,
    ModelChoice,
)
from ecotui.core.room import Room
from ecotui.core.units import clean
from ecotui.ui.keys import keyed
from ecotui.ui.theme import ink
from ecotui.ui.widgets.canvas import Canvas
from ecotui.ui.widgets.model_details import detail_rows
from ecotui.ui.widgets.model_line import Ghost, Line
from ecotui.ui.widgets.model_list import ModelList
from ecotui.ui.widgets.model_memory import memory_bar
from ecotui.ui.widgets.model_rows import completed, lines_of, matching

LOOK_S = 1.0
"""Between looks at the memory that is free."""
MOST_ROWS = 65_536
LOW = 22
"""Rows below which the details are a few lines."""
SPLIT = 140
"""Columns from which on the details stand beside the list."""
TO_LOAD = "It is not in the local cache: loading it downloads it from the hub, if that answers."
OFFLINE = "It is not in the local cache, and HF_HUB_OFFLINE forbids to download it."
SEEKING = "Its folder is being looked for …"
REFUSED = "Correct what is typed, or go back with {picker.back|esc}."
DRAWN = ("#details", "#memory")
KEYS = (
    "⏎ choose  {picker.complete|tab} complete  {picker.quant-less|<} {picker.quant-more|>} quant  "
    "{picker.batch-less|[} {picker.batch-more|]} batch  {picker.back|esc} back"
)


@dataclass(frozen=True, slots=True)
class Picked:
    """A model, and what it is to run in."""

    model: str
    quantization: str
    batch_size: int


class ModelPicker(ModalScreen[Picked | None]):
    """Answers with a model, or None."""

    CSS_PATH = "picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="picker.back", tooltip="Leave the model as it was"),
        Binding("down", "move(1)", "Down", show=False, id="picker.down", tooltip="The next model"),
        Binding("up", "move(-1)", "Up", show=False, id="picker.up", tooltip="The model before"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="picker.pagedown", tooltip="A page further"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="picker.pageup", tooltip="A page back"),
        Binding(
            "tab", "complete", "Complete", show=False, priority=True, id="picker.complete",
            tooltip="Complete what is typed; where it is open, take the name under the cursor",
        ),
        Binding(
            "less_than_sign", "quant(-1)", "Quantization before", show=False, priority=True, id="picker.quant-less",
            tooltip="The quantization before: the bar and the columns follow",
        ),
        Binding(
            "greater_than_sign", "quant(1)", "Next quantization", show=False, priority=True, id="picker.quant-more",
            tooltip="The next quantization: the bar and the columns follow",
        ),
        Binding(
            "left_square_bracket", "batch(-1)", "Smaller batch", show=False, priority=True, id="picker.batch-less",
            tooltip="Half the batch size: the bar and the columns follow",
        ),
        Binding(
            "right_square_bracket", "batch(1)", "Larger batch", show=False, priority=True, id="picker.batch-more",
            tooltip="Twice the batch size: the bar and the columns follow",
        ),
    ]  # fmt: skip

    @dataclass
    class Listed(Message):
        """What can be picked is known."""

        listing: Listing

    @dataclass
    class FoldersRead(Message):
        """What a typed path may mean is known."""

        typed: str
        choices: Sequence[ModelChoice]
        itself: ModelChoice
        """The path as it stands, where it is none of the choices."""

    def __init__(
        self,
        models: Callable[[], Listing],
        arm: Arm,
        room: Callable[[], Room],
        simulated: bool = False,
        caution: str = "",
    ) -> None:
        """`room`: what is free now where the plan runs; `caution`: what the bar leaves out."""
        super().__init__()
        self._models, self._look_for_room, self._simulated, self._caution = models, room, simulated, caution
        self.arm = arm
        """The plan's, with the quantization and batch size of now."""
        self._room = room()
        self.listing: Listing | None = None
        """None until the cache has been looked through."""
        self._folders: Sequence[ModelChoice] = ()
        self._itself: ModelChoice | None = None
        """What a typed path is, where no folder with a model has it; None until that is known."""
        self._moved = False
        self._looks = 0
        self._reading = False
        """Whether a thread looks for folders: never more than one, however slow the disk."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Model"
            dialog.border_subtitle = ink(keyed(KEYS), "muted")  # brackets are no markup
            hint = "type to filter, or any Hugging Face id or path"
            yield Line(placeholder=hint, id="typed", suggester=Ghost(self._completed))
            yield Canvas(id="memory")
            with Horizontal():
                yield ModelList(self.arm, self._room)
                yield Canvas(id="details")

    def on_mount(self) -> None:
        self._fill()
        self.set_interval(LOOK_S, self._look)
        Thread(target=self._read, name="models", daemon=True).start()

    @property
    def _list(self) -> ModelList:
        return self.query_one(ModelList)

    @property
    def _typed(self) -> str:
        return clean(self.query_one(Input).value.strip(), 300)

    @property
    def known(self) -> Sequence[ModelChoice]:
        """Everything that can be picked, as far as it has been read: shapes need no disk."""
        from ecotui.recorder.catalogue import synthetic

        found = self.listing.choices if self.listing else synthetic()
        names = {choice.name for choice in found}
        return (*found, *(choice for choice in self._folders if choice.name not in names))

    def _read(self) -> None:
        """In a thread of its own, which nobody waits for: a dead network disk would hold the application's end up."""
        try:
            listing = self._models()
        except Exception as error:  # whatever it is, names can be typed
            why = str(error) if isinstance(error, EcotuiError) else f"{type(error).__name__}: {error}"
            listing = Listing(notes=(f"The models could not be listed. {clean(why, 200)}",))
        self.post_message(self.Listed(listing))

    def _read_folders(self, typed: str) -> None:
        from ecotui.recorder.model_folders import folders, typed_folder

        self.post_message(self.FoldersRead(typed, folders(typed), typed_folder(typed)))

    @on(Listed)
    def _listed(self, message: Listed) -> None:
        self.listing = message.listing
        self._again()

    def _again(self) -> None:
        """The same list with what is known now; the cursor stays where it was moved to."""
        choice = self._list.choice
        self._fill(choice.name if self._moved and choice else None)

    @on(FoldersRead)
    def _folders_read(self, message: FoldersRead) -> None:
        self._reading = False
        if message.typed == self._typed:
            self._folders, self._itself = message.choices, message.itself
            self._fill()
        else:
            self._seek_folders()

    def _fill(self, wanted: str | None = None) -> None:
        """The matching choices; what was typed itself where it is none of them."""
        from ecotui.recorder.catalogue import typed_choice
        from ecotui.recorder.model_folders import is_path

        typed, known = self._typed, self.known
        shown = [*self._folders] if is_path(typed) else matching(known, typed)
        exact = any(choice.name == typed for choice in known)
        if is_path(typed) and not shown:
            shown.append(self._itself or ModelChoice(typed, TYPED, state=SOUGHT, note=SEEKING))
        elif typed and not exact and not is_path(typed):
            shown.append(typed_choice(typed, self._typed_note()))
        wanted = wanted or (typed if exact else "" if typed else self.arm.model)
        notes = {} if typed and self.listing else self._notes()
        self._list.show(lines_of(shown, notes, self._list.room), wanted)

    def _typed_note(self) -> str:
        """What is to be said of a name that nothing is known of."""
        if self.listing is None:
            return "Whether it is in the local cache is not known yet."
        return OFFLINE if self.listing.offline else TO_LOAD

    def _notes(self) -> dict[str, str]:
        """By section, why it is empty or not whole."""
        if self.listing is None:
            return {CACHE: self._being_read()}
        offline = ["HF_HUB_OFFLINE is set: nothing is downloaded."] if self.listing.offline else []
        words = [*(clean(note) for note in self.listing.notes), *offline]
        return {CACHE: " ".join(words)} if words else {}

    def _being_read(self) -> str:
        from ecotui.recorder.hub_cache import cache_folder

        since = f" for {self._looks} s" if self._looks > 1 else ""
        return f"{clean(cache_folder(), 200)} is being read{since} … any name can be typed meanwhile."

    def _completed(self, typed: str) -> str:
        return completed(typed, [choice.name for choice in self.known])

    @on(Input.Changed)
    def _changed(self) -> None:
        self._moved = False
        self._folders, self._itself = (), None
        self._seek_folders()
        self._fill()

    def _seek_folders(self) -> None:
        """What a typed path may mean, by a thread of its own."""
        from ecotui.recorder.model_folders import is_path

        typed = self._typed
        if is_path(typed) and not self._reading:
            self._reading = True
            Thread(target=self._read_folders, args=(typed,), name="folders", daemon=True).start()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._take(self._list.choice)

    @on(ModelList.Chosen)
    def _chosen(self, message: ModelList.Chosen) -> None:
        self._take(message.choice)

    def _take(self, choice: ModelChoice | None) -> None:
        if choice is None:
            self.dismiss(None)
        elif choice.state == NO_MODEL and choice.origin == FOLDER:
            self._put(f"{choice.name.rstrip('/')}/")
        elif nowhere(choice):
            self.notify(f"{clean(choice.note)} {keyed(REFUSED)}", severity="warning", markup=False)
        else:
            self.dismiss(Picked(choice.name, self.arm.quantization, self.arm.batch_size))

    def _put(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    def action_complete(self) -> None:
        """As far as what is known goes on in one way only; where that is no further, the name under the cursor."""
        typed, choice = self.query_one(Input).value, self._list.choice
        longer = self._completed(typed)
        if longer != typed:
            self._put(longer)
        elif choice is not None:
            self._put(f"{choice.name}/" if choice.state == NO_MODEL else choice.name)

    def action_move(self, by: int) -> None:
        self._moved = True
        self._list.move(by)

    def action_page(self, by: int) -> None:
        self._moved = True
        self._list.move(by * max(self._list.page, 2))

    def action_quant(self, by: int) -> None:
        labels = list(QUANTIZATIONS)
        at = labels.index(self.arm.quantization) if self.arm.quantization in labels else 0
        self._weigh(replace(self.arm, quantization=labels[(at + by) % len(labels)]))

    def action_batch(self, by: int) -> None:
        size = self.arm.batch_size
        self._weigh(replace(self.arm, batch_size=min(size * 2, MOST_ROWS) if by > 0 else max(size // 2, 1)))

    def _weigh(self, arm: Arm) -> None:
        self.arm = arm
        self._list.weigh(arm, self._room)
        self._draw()

    def _look(self) -> None:
        """At what is free once more."""
        self._looks += 1
        if (room := self._look_for_room()) != self._room:
            self._room = room
            self._weigh(self.arm)
        if self.listing is None:
            self._again()

    @on(ModelList.Moved)
    def _draw(self) -> None:
        choice, details, memory = self._list.choice, *(self.query_one(name, Canvas) for name in DRAWN)
        memory.paint(memory_bar(choice, self.arm, self._room, self._words, memory.size.width))
        width, height = details.size
        details.paint(detail_rows(choice, self.arm, self._room, width, height))

    @property
    def _words(self) -> str:
        """What the bar must not be read without."""
        where = "this host's memory" if self._room.on_host else "SIMULATED board" if self._simulated else ""
        return "  ".join(word for word in (where, self._caution) if word)

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.height < LOW, "-low")
        self.set_class(event.size.width >= SPLIT, "-split")
        self.call_after_refresh(self._again)


def nowhere(choice: ModelChoice) -> bool:
    """Whether it is certain that nothing could be loaded by this name; the hub may know what this machine does not."""
    from ecotui.recorder.model_folders import is_path

    if is_path(choice.name):
        return choice.state in (ABSENT, UNREADABLE, NO_MODEL, SOUGHT)
    return choice.origin in (SAMPLE, TYPED) and choice.state == ABSENT
