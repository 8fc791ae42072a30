"""The dancer as the .glb has her, drawn by OpenGL: a skinned body with soft shadows, light from around and smooth edges.

It takes moderngl (`pip install 'ballo[gl]'`) and EGL, which needs neither a window nor, with Mesa, a graphics card. One context
is kept for the process, in a thread of its own, for whichever threads ask for frames; `release` gives it back.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from ballo.export.canvas import Canvas
from ballo.export.gl import context
from ballo.export.picture import Shot, draw_print

if TYPE_CHECKING:
    import moderngl

    from ballo.export.figure import Figure
    from ballo.export.gl.painter import Painter


def check() -> None:
    """Refuse to draw where it cannot be done (ExportError)."""
    _studio().check()


def draw(figure: Figure, shot: Shot) -> Canvas:
    """The frame, as `picture.draw` gives it, of a shot with rotations; any thread may ask.

    Raises:
        ExportError: moderngl is not installed, or there is no EGL.
    """
    canvas = Canvas(_studio().paint(figure, shot))
    draw_print(canvas, shot)
    return canvas


def release() -> None:
    """Give back what is kept for drawing; whoever draws next opens it anew."""
    with _lock:
        open_studios, _studios[:] = _studios[:], []
    for studio in open_studios:
        studio.close()


class _Studio:
    """A painter in a thread of its own, since a context can be current in one only."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ballo-gl")
        self._context: moderngl.Context | None = None
        self._painter: Painter | None = None

    def check(self) -> None:
        self._thread.submit(self._opened).result()

    def paint(self, figure: Figure, shot: Shot) -> np.ndarray:
        return self._thread.submit(self._paint, figure, shot).result()

    def close(self) -> None:
        self._thread.submit(self._release).result()
        self._thread.shutdown()

    def _opened(self) -> moderngl.Context:
        # Only one, since the last that was opened is the one that is drawn in.
        if self._context is None:
            self._context = context.opened()
        return self._context

    def _paint(self, figure: Figure, shot: Shot) -> np.ndarray:
        if self._painter is None:
            from ballo.export.gl.painter import Painter

            self._painter = Painter(self._opened())
        return self._painter.paint(figure, shot)

    def _release(self) -> None:
        if self._painter is not None:
            self._painter.release()
        if self._context is not None:
            self._context.release()


_lock = Lock()
_studios: list[_Studio] = []


def _studio() -> _Studio:
    """The process's own."""
    with _lock:
        if not _studios:
            _studios.append(_Studio())
        return _studios[0]


def _start_anew() -> None:
    """In a process that is forked off: it has no such thread, no right to the context, and nobody who would unlock a lock that
    another thread held."""
    global _lock
    _lock = Lock()
    _studios.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
