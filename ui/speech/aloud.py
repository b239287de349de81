"""Reading aloud, sentence by sentence: pause, again, slower, faster, stop.

Decision: a pause is silence, and going on says the sentence anew from its beginning: nobody remembers
half a sentence about a medicine. The same when the speed changes. What comes next is asked of the source
while the last sentence that is known is said, so that there is no gap between two pages.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.speech.utterances import Source, Utterance
    from ui.speech.voice import Voice

__all__ = ["RATES", "ReadAloud", "Stage"]

# From slowest to fastest, -1 to 1 as engines count; it begins a little slower than they would.
RATES = (-0.6, -0.45, -0.3, -0.15, 0.0, 0.2, 0.4)
FIRST_RATE = 3
DRAWN_MS = 40


class Stage(StrEnum):
    """How far it is."""

    IDLE = "idle"
    STARTING = "starting"
    SPEAKING = "speaking"
    PAUSED = "paused"


class ReadAloud(QObject):
    """Signals: ``changed`` (stage or speed), ``began(utterance)``, ``ended``, ``failed(error)``."""

    changed = Signal()
    began = Signal(object)
    ended = Signal()
    failed = Signal(object)

    def __init__(self, voice: Voice, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = Stage.IDLE
        self._voice = voice
        self._rate = FIRST_RATE
        self._source: Source | None = None
        self._known: list[Utterance] = []
        self._at = 0
        self._reading = 0
        self._asked = False
        self._waits = False
        voice.ready.connect(self._ready)
        voice.finished.connect(self._finished)
        voice.failed.connect(self._failed)

    @property
    def current(self) -> Utterance | None:
        """The sentence that is said, or at which it was paused."""
        return self._known[self._at] if self._at < len(self._known) else None

    @property
    def can_slow(self) -> bool:
        """Whether there is a slower speed."""
        return self._rate > 0

    @property
    def can_hurry(self) -> bool:
        """Whether there is a faster speed."""
        return self._rate < len(RATES) - 1

    def start(self, source: Source) -> None:
        """Read ``source`` from its beginning, in place of what was read."""
        self.stop()
        self._reading += 1
        self._source = source
        self._waits = True
        self._go_to(Stage.SPEAKING if self._voice.is_ready else Stage.STARTING)
        # The bar is drawn first; then the words are looked for.
        QTimer.singleShot(DRAWN_MS, self, self._ask)

    def pause(self) -> None:
        """Be silent until ``go_on``."""
        if self.stage in {Stage.SPEAKING, Stage.STARTING}:
            self._voice.hush()
            self._go_to(Stage.PAUSED)

    def go_on(self) -> None:
        """Go on, with the sentence at which it was paused."""
        if self.stage is Stage.PAUSED:
            self._speak()

    def again(self) -> None:
        """Say the sentence again."""
        if self.stage in {Stage.SPEAKING, Stage.PAUSED}:
            self._speak()

    def slower(self) -> None:
        """Speak slower from this sentence on."""
        self._change_rate(-1)

    def faster(self) -> None:
        """Speak faster from this sentence on."""
        self._change_rate(1)

    def stop(self) -> None:
        """Be silent and forget what was read."""
        if self.stage is Stage.IDLE:
            return
        self._voice.hush()
        self._end()

    # -- how it goes on --------------------------------------------------------------------------

    def _speak(self) -> None:
        current = self.current
        if current is None:
            self._waits = True
            self._ask()
            return
        self._waits = False
        self._go_to(Stage.SPEAKING if self._voice.is_ready else Stage.STARTING)
        if current.place is not None:
            current.place.show()
        self._voice.say(current.words, current.language, RATES[self._rate])
        self.began.emit(current)
        if self._at == len(self._known) - 1:
            self._ask()

    def _ask(self) -> None:
        if self._source is None or self._asked:
            return
        self._asked = True
        reading = self._reading
        self._source.more(lambda part: self._take(part) if reading == self._reading else None)

    def _take(self, part: Sequence[Utterance]) -> None:
        self._asked = False
        if not part:
            self._source = None
            if self._waits:
                self._finish()
            return
        self._known += part
        if self._waits and self.stage is not Stage.PAUSED:
            self._speak()

    def _finished(self, _number: int) -> None:
        if self.stage is not Stage.SPEAKING:
            return
        self._clear()
        self._at += 1
        if self.current is None and self._source is None:
            self._finish()
        else:
            self._speak()

    def _ready(self) -> None:
        if self.stage is Stage.STARTING:
            self._go_to(Stage.SPEAKING)

    def _failed(self, error: Exception) -> None:
        if self.stage is not Stage.IDLE:
            self._end()
            self.failed.emit(error)

    def _finish(self) -> None:
        self._end()
        self.ended.emit()

    def _end(self) -> None:
        self._clear()
        self._reading += 1
        self._source, self._known, self._at = None, [], 0
        self._asked = self._waits = False
        self._go_to(Stage.IDLE)

    def _clear(self) -> None:
        current = self.current
        if current is not None and current.place is not None:
            current.place.clear()

    def _change_rate(self, by: int) -> None:
        self._rate = max(0, min(self._rate + by, len(RATES) - 1))
        self.changed.emit()
        if self.stage is Stage.SPEAKING:
            self._speak()

    def _go_to(self, stage: Stage) -> None:
        if stage is not self.stage:
            self.stage = stage
            self.changed.emit()
