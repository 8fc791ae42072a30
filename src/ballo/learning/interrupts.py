"""Ctrl-C and SIGTERM as a wish to stop, which a loop looks at where it can save."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A run stopped because it was asked to, after saving.

    Args:
        step: how many steps the checkpoint has.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped at step {step}")
        self.step = step


class StopSignals:
    """Within it the first Ctrl-C or SIGTERM is noted, and the second breaks in at once as KeyboardInterrupt.

    Where signals cannot be taken (outside the main thread), or somebody else took them, nothing is changed.
    """

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in self.NUMBERS:
                before = signal.getsignal(number)
                if before in (signal.default_int_handler, signal.SIG_DFL):
                    self._before[number] = before
                    signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what getsignal gave
        self._before.clear()

    def asked(self) -> bool:
        """Whether a signal came."""
        return self._asked

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
