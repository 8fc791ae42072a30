"""The shaders beside this file, read and compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import moderngl


@cache
def source(name: str) -> str:
    """The text of a file among the shaders."""
    return (resources.files("ballo.export.gl") / "shaders" / name).read_text(encoding="utf-8")


def compiled(
    context: moderngl.Context,
    vertex: str,
    fragment: str | None = None,
    *,
    parts: Sequence[str] = (),
    constants: Mapping[str, object] | None = None,
    varyings: Sequence[str] = (),
) -> moderngl.Program:
    """A program of the shaders of these names, with parts that they share and what is constant in them."""
    defined = "".join(f"#define {name} {value}\n" for name, value in (constants or {}).items())
    head = f"#version 330 core\n{defined}" + "".join(source(f"{part}.glsl") for part in parts)
    return context.program(
        vertex_shader=head + source(f"{vertex}.vert"),
        fragment_shader=None if fragment is None else head + source(f"{fragment}.frag"),
        varyings=tuple(varyings),
    )


def tell(program: moderngl.Program, values: Mapping[str, Any]) -> None:
    """Set the uniforms that a program has a use for: numbers, or arrays with matrices in rows."""
    for name, value in values.items():
        uniform: Any = program.get(name, None)
        if uniform is None:
            continue
        if isinstance(value, np.ndarray):
            # OpenGL counts a matrix by columns.
            turned = value.T if value.ndim == 2 and value.shape[0] == value.shape[1] else value
            uniform.write(np.ascontiguousarray(turned, dtype=np.float32).tobytes())
        else:
            uniform.value = value
