"""A place to draw without a window: an OpenGL context by EGL, which Mesa makes without a graphics card, too."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ballo.errors import ExportError

if TYPE_CHECKING:
    import moderngl

VERSION = 330
"""OpenGL 3.3, which has all that is drawn with: any card since 2010, and Mesa's own drawing in software."""
SAMPLES = 4
"""A pixel's, at the body's edges."""
NO_MODERNGL = "the renderer gl takes moderngl, which is not installed: pip install 'ballo[gl]'"
NO_EGL = (
    "the renderer gl takes EGL, and there is none that works here ({reason}): install it "
    "(Debian, Ubuntu: apt-get install libegl1 libgl1 libgl1-mesa-dri)"
)


def opened() -> moderngl.Context:
    """A context of its own, current in this thread; whoever opens it releases it.

    Raises:
        ExportError: moderngl is not installed, or no context can be had.
    """
    try:
        library = importlib.import_module("moderngl")
    except ImportError as error:
        raise ExportError(NO_MODERNGL) from error
    try:
        context: moderngl.Context = library.create_context(require=VERSION, standalone=True, backend="egl")
    # The library has no errors of its own: what its backends raise is documented nowhere.
    except Exception as error:
        raise ExportError(NO_EGL.format(reason=" ".join(str(error).split()) or type(error).__name__)) from error
    if context.max_samples < SAMPLES:
        said = f"{context.info['GL_RENDERER']} has {context.max_samples} samples a pixel, {SAMPLES} are needed"
        context.release()
        raise ExportError(NO_EGL.format(reason=said))
    return context
