"""Processes that draw frames, since threads of one interpreter wait for one another more than they draw.

Each is a Python of its own that is sent calls and sends back canvases. What one fails to draw, for whatever reason, its owner
draws: so a place where no process can be started only costs time, and an error is raised where it can be seen.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import IO

import numpy as np

from ballo.export.canvas import Canvas

PIPE_BYTES = 1 << 20
"""As much of a frame as may wait to be fetched, where the system can be asked for it."""
_SERVE = "import sys; sys.path[:] = {path!r}; from ballo.export import crew; crew.serve()"
Drawing = Callable[[], Canvas]


@contextmanager
def hired(members: int, size: tuple[int, int]) -> Iterator[Callable[[Drawing], Canvas]]:
    """A call for threads, as many as there are members, that has a drawing (width, height) drawn by whoever is idle."""
    idle: SimpleQueue[_Member] = SimpleQueue()
    crew = [_Member(size) for _ in range(members)]
    for member in crew:
        idle.put(member)

    def drawn(drawing: Drawing) -> Canvas:
        member = idle.get()
        try:
            canvas = member.drawn(drawing)
        finally:
            idle.put(member)
        return drawing() if canvas is None else canvas

    try:
        yield drawn
    finally:
        for member in crew:
            member.dismiss()


class _Member:
    """One process; None where it could not be started, or has ended."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._shape = (size[1] * 3 // 2, size[0])
        # Of a frame's few products none is large: threads for them would only wait for one another.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        # Mesa, where it draws without a graphics card, would start as many as there are cores for each process.
        environment["LP_NUM_THREADS"] = "0"
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError, ValueError):
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE.format(path=sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pipesize=PIPE_BYTES,
                env=environment,
            )

    def drawn(self, drawing: Drawing) -> Canvas | None:
        """The canvas; None where it could not be had."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            return None
        planes = np.empty(self._shape, dtype=np.uint8)
        with suppress(OSError, ValueError, AttributeError, pickle.PicklingError):
            call = pickle.dumps(drawing, protocol=pickle.HIGHEST_PROTOCOL)
            _send(self._process.stdin, memoryview(len(call).to_bytes(8, "little") + call))
            if _receive(self._process.stdout, planes.data.cast("B")):
                return Canvas(planes)
        self.dismiss()
        return None

    def dismiss(self) -> None:
        """End the process, if there still is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()


def serve() -> None:
    """Draw what is asked for on standard input, each canvas to standard output, until there is no more: the processes' life."""
    # Whoever is interrupted at a keyboard is the owner, who then ends the processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    calls, answers = (
        os.fdopen(os.dup(file.fileno()), mode, buffering=0) for file, mode in ((sys.stdin, "rb"), (sys.stdout, "wb"))
    )
    length = bytearray(8)
    while _receive(calls, memoryview(length)):
        call = bytearray(int.from_bytes(length, "little"))
        if not _receive(calls, memoryview(call)):
            return
        # Only whoever started this process holds the other end of its pipe.
        canvas = pickle.loads(call)()
        _send(answers, np.ascontiguousarray(canvas.planes).data.cast("B"))


def _send(pipe: IO[bytes], data: memoryview) -> None:
    while data:
        data = data[pipe.write(data) or 0 :]


def _receive(pipe: IO[bytes], into: memoryview) -> bool:
    """Fill a buffer; whether there was enough to fill it."""
    while into:
        count = pipe.readinto(into)  # type: ignore[attr-defined]
        if not count:
            return False
        into = into[count:]
    return True
