"""Who draws a film's frames: one table. Strings, so that libraries load when they are used."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ballo.errors import ExportError

if TYPE_CHECKING:
    from ballo.export.canvas import Canvas
    from ballo.export.figure import Figure
    from ballo.export.picture import Shot

PLAIN, GL = "plain", "gl"
RENDERERS = {PLAIN: "ballo.export.picture:draw", GL: "ballo.export.gl:draw"}
NEEDS = {GL: "ballo.export.gl:check"}
"""What refuses, before any work, a renderer that cannot draw here (ExportError)."""

Draw = Callable[["Figure", "Shot"], "Canvas"]


def renderer_named(name: str) -> Draw:
    """What draws a shot of a figure, by its name.

    Raises:
        ExportError: there is none of that name, or what it takes is not installed.
    """
    if name not in RENDERERS:
        raise ExportError(f"no renderer is called {name}: choose among {', '.join(RENDERERS)}")
    if name in NEEDS:
        _function(NEEDS[name])()
    draw: Draw = _function(RENDERERS[name])
    return draw


def _function(target: str) -> Any:
    module, function = target.split(":")
    return getattr(importlib.import_module(module), function)
