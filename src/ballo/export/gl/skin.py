"""A body in the graphics card's memory, put into a pose there once a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ballo.export.gl.body import Pose, Surface
from ballo.export.gl.programs import tell

if TYPE_CHECKING:
    import moderngl

POSED_FLOATS = 7
"""Of a vertex in its pose: place, normal, and how open it lies."""


class Skin:
    """The buffers of a surface, and how each program draws it."""

    def __init__(self, context: moderngl.Context, surface: Surface, joints: int, parts: int, pose: moderngl.Program) -> None:
        self._rest = context.buffer(surface.rest.tobytes())
        self._kinds = context.buffer(surface.kinds.tobytes())
        self._triangles = context.buffer(surface.triangles.tobytes())
        self._posed = context.buffer(reserve=len(surface.rest) * POSED_FLOATS * 4)
        self._posing = context.vertex_array(
            pose, [(self._rest, "3f 3f 4f 4f", "rest_place", "rest_normal", "carriers", "shares")]
        )
        self._pose_program = pose
        self._context = context
        self.joints = context.texture((3, joints), 4, dtype="f4")
        self.parts = context.texture((2, parts), 4, dtype="f4")
        self._drawn: dict[int, moderngl.VertexArray] = {}

    def pose(self, pose: Pose) -> None:
        """Put the surface into a pose."""
        self.joints.write(np.ascontiguousarray(pose.joints).tobytes())
        self.parts.write(np.ascontiguousarray(pose.parts).tobytes())
        self.joints.use(0)
        self.parts.use(1)
        tell(self._pose_program, {"joints": 0, "parts": 1, "part_count": len(pose.parts)})
        self._posing.transform(self._posed, self._context.POINTS)

    def draw(self, program: moderngl.Program) -> None:
        """Draw it as it was last posed."""
        if program.glo not in self._drawn:
            names = ("place", "normal", "openness")
            used = [name if name in program else None for name in names]
            form = " ".join(
                count if name else f"{int(count[0]) * 4}x" for name, count in zip(used, ("3f", "3f", "1f"), strict=True)
            )
            content = [(self._posed, form, *(name for name in used if name))]
            if "kind" in program:
                content.append((self._kinds, "1f", "kind"))
            self._drawn[program.glo] = self._context.vertex_array(program, content, self._triangles)
        self._drawn[program.glo].render()

    def places(self) -> np.ndarray:
        """Where the vertices are in the last pose: (V, 3) metres."""
        return np.frombuffer(self._posed.read(), dtype=np.float32).reshape(-1, POSED_FLOATS)[:, :3]

    def release(self) -> None:
        """Give all of it back."""
        for array in (self._posing, *self._drawn.values()):
            array.release()
        for thing in (self._rest, self._kinds, self._triangles, self._posed, self.joints, self.parts):
            thing.release()
