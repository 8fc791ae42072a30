"""What commands say: lines on standard output, a progress line on a terminal, and time as people read it."""

from __future__ import annotations

import importlib.util
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from ballo.errors import BalloError

if TYPE_CHECKING:
    from types import FrameType

    from rich.progress import Progress


def say(line: str) -> None:
    """A line of its own."""
    _clear()
    print(plain(line), flush=True)


def complain(line: str) -> None:
    """A line on standard error."""
    _clear()
    print(f"ballo: {plain(line)}", file=sys.stderr, flush=True)


def plain(text: str) -> str:
    """One line that leaves a terminal as it is: what does not print, in a file's name say, is spelt out."""
    return "".join(sign if sign.isprintable() else _spelt(sign) for sign in text)


def _spelt(sign: str) -> str:
    return " " if sign.isspace() else sign.encode("unicode_escape").decode("ascii")


def show(line: str) -> None:
    """A line that the next one replaces, on a terminal; a line of its own elsewhere."""
    if interactive():
        sys.stdout.write(f"\r\x1b[2K{line}")
        sys.stdout.flush()
    else:
        print(line, flush=True)


def interactive() -> bool:
    """Whether a person is watching."""
    return sys.stdout is not None and sys.stdout.isatty()


def clock(seconds: float) -> str:
    """75.2 to "1:15", 3661 to "1:01:01"."""
    minutes, rest = divmod(int(min(seconds, 359_999)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Pulse:
    """Says at most every so many seconds that it is time."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._last = seconds, -float("inf")

    def due(self) -> bool:
        """True if the last True was long enough ago."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True


def require_training_extra() -> None:
    """Refuse to train without PyTorch.

    Raises:
        BalloError: it is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        raise BalloError("training needs PyTorch: pip install 'ballo[train]'")


def _clear() -> None:
    if interactive():
        sys.stdout.write("\r\x1b[2K")


class Unbroken:
    """Work that Ctrl-C stops where it calls `rest`, or at its end, and nowhere else.

    KeyboardInterrupt can come between any two instructions; in the midst of waiting for a thread it leaves locks in a state
    that hangs, and in the midst of a call from C it gets lost. A second Ctrl-C does break in.
    """

    def __init__(self) -> None:
        self._asked = False

    def __enter__(self) -> Unbroken:
        main = threading.current_thread() is threading.main_thread()
        self._held = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._held:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._held:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # What fails after a Ctrl-C fails of it: on a terminal the programs that we run get it too.
        if kind is None or issubclass(kind, BalloError):
            self.rest()

    def rest(self) -> None:
        """A place to stop at. Raises KeyboardInterrupt if Ctrl-C was pressed."""
        if self._asked:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


class Bar:
    """A progress bar with the time left, on a terminal only, for work that Ctrl-C stops between its steps."""

    def __init__(self, what: str, seconds: float | None) -> None:
        self._work = Unbroken()
        self._progress = _progress() if interactive() else None
        if self._progress is not None:
            self._task = self._progress.add_task(plain(what), total=seconds)

    def __enter__(self) -> Bar:
        self._work.__enter__()
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._work.__exit__(kind)

    def reach(self, seconds: float) -> None:
        """So many seconds of music are done. Raises KeyboardInterrupt if Ctrl-C was pressed."""
        self._work.rest()
        if self._progress is not None:
            self._progress.update(self._task, completed=seconds)


def _progress() -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    what = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))
    share = TextColumn("{task.percentage:>3.0f} %")
    return Progress(
        what, BarColumn(30), share, TimeRemainingColumn(compact=True), TextColumn("left"), transient=True, expand=True
    )
