"""Draws frames: the body put into its pose, seen by the key light, laid on the floor, seen by the camera, and all together."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from ballo.export import grid
from ballo.export.camera import Screen
from ballo.export.figure import Figure
from ballo.export.gl import looks, view
from ballo.export.gl.body import Pose, Surface, pose_of, skeleton_of
from ballo.export.gl.context import SAMPLES
from ballo.export.gl.programs import compiled, tell
from ballo.export.gl.skin import Skin
from ballo.export.gl.targets import CAST_TEXELS, LIGHT_TEXELS, UNDER_TEXELS, Screenful, depth_map, flat
from ballo.export.mesh import mesh_for
from ballo.export.picture import MIRROR_METRES, Shot
from ballo.export.stage import PENUMBRA, SLIDE, TITLE_STRENGTH, floor_to_screen, title_ink

if TYPE_CHECKING:
    import moderngl

HEIGHTS_METRES = (0.0, 0.30, 0.80, 1.60)
"""From which shadows fall softer and softer."""
SOFTEST_TAPS = 6
OFF_METRES = 0.006
"""So far off the skin it is asked whether the key light reaches it."""
OCCLUSION = 0.75
"""How much of the light from around other parts of the body can keep from one."""
SKINS_KEPT = 4
DARK, IMAGE, BODY, TITLE = range(4)
"""Which texture is where while the picture is put together."""


class Painter:
    """All that is drawn with in a context, and only in the thread that opened that."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._things: list[Any] = []
        self._skins: OrderedDict[tuple[Any, ...], Skin] = OrderedDict()
        self._screenful: Screenful | None = None
        self._title: tuple[Any, Any] | None = None
        self._compile()
        self._light = depth_map(context)
        self._cast, self._soft = (flat(context, (CAST_TEXELS, CAST_TEXELS), 4) for _ in range(2))
        self._under = flat(context, (UNDER_TEXELS, UNDER_TEXELS), 1)
        self._dark = flat(context, (CAST_TEXELS, CAST_TEXELS), 2)
        corners = context.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], dtype=np.float32).tobytes())
        self._things += [corners, self._light, self._cast, self._soft, self._under, self._dark]
        self._sheets = {
            program.glo: context.vertex_array(program, [(corners, "2f", "corner")], mode=context.TRIANGLE_STRIP)
            for program in (self._soften, self._settle, self._beneath, self._chroma, *self._pieces.values())
        }
        self._things += list(self._sheets.values())

    def _compile(self) -> None:
        context = self._context
        heights = f"vec4({', '.join(map(str, HEIGHTS_METRES))})"
        self._pose = compiled(
            context,
            "skin",
            parts=["occlusion"],
            constants={"OCCLUSION": OCCLUSION, "REACH_METRES": view.PENUMBRA_METRES},
            varyings=["place", "normal", "openness"],
        )
        self._lit = compiled(context, "light", "nothing")
        self._laid = compiled(context, "cast", "cast", constants={"HEIGHTS": heights})
        self._soften, self._settle = (
            compiled(context, "whole", "soften", constants={"TAPS": SOFTEST_TAPS} | last) for last in ({}, {"LAST": 1})
        )
        self._beneath = compiled(
            context, "whole", "under", parts=["occlusion"], constants={"REACH_METRES": view.PENUMBRA_METRES}
        )
        self._body = compiled(
            context, "body", "body", parts=["tone"], constants={"EXPOSURE": looks.EXPOSURE, "OFF_METRES": OFF_METRES}
        )
        constants = {"LINE_METRES": grid.LINE_METRES, "SPACING": grid.SPACING_METRES, "SAMPLES": SAMPLES}
        shaded: tuple[dict[str, Any], ...] = ({}, {"SHADED": 1}, {"SHADED": 1, "BODY": 1})
        self._pieces = {
            (floor, depth): compiled(
                context, "picture", "picture", constants=constants | more | ({"FLOOR": 1} if floor else {})
            )
            for floor in (False, True)
            for depth, more in enumerate(shaded)
        }
        self._chroma = compiled(context, "whole", "chroma")
        self._things += [self._pose, self._lit, self._laid, self._soften, self._settle, self._beneath]
        self._things += [self._body, self._chroma]
        self._things += list(self._pieces.values())

    def paint(self, figure: Figure, shot: Shot) -> np.ndarray:
        """The planes of a `Canvas` (height * 3 / 2, width) that show a figure, without the small print."""
        screen = shot.view.screen
        pose = pose_of(figure, shot)
        skin = self._skin(figure, shot, pose)
        ends = pose.parts[:, :, :3].reshape(-1, 3)
        self._context.enable_only(self._context.DEPTH_TEST)
        # Even what draws nothing asks for something to be drawn on.
        self._light.frame.use()
        skin.pose(pose)
        square = view.square_of(ends, CAST_TEXELS)
        boxes = view.body_box(shot.view, ends), view.shade_box(shot.view, ends)
        lit = view.to_light(ends)
        self._draw_light(skin, lit)
        self._draw_under(skin, square, len(pose.parts))
        self._draw_cast(skin, square)
        on = self._on(screen)
        self._draw_body(on, skin, shot, lit, boxes)
        return self._put_together(on, shot, boxes, square)

    def _skin(self, figure: Figure, shot: Shot, pose: Pose) -> Skin:
        skeleton = skeleton_of(figure, shot)
        key = (skeleton, skeleton.offsets.tobytes(), len(pose.parts))
        if key not in self._skins:
            surface = Surface.of(mesh_for(skeleton))
            self._skins[key] = Skin(self._context, surface, len(skeleton), len(pose.parts), self._pose)
            if len(self._skins) > SKINS_KEPT:
                self._skins.popitem(last=False)[1].release()
        self._skins.move_to_end(key)
        return self._skins[key]

    def _on(self, screen: Screen) -> Screenful:
        if self._screenful is None or self._screenful.size != screen.size:
            if self._screenful is not None:
                self._screenful.release()
            self._screenful = Screenful(self._context, screen.size)
        return self._screenful

    def _draw_light(self, skin: Skin, lit: np.ndarray) -> None:
        self._light.frame.use()
        self._light.frame.clear()
        self._context.polygon_offset = 1.5, 2.0
        tell(self._lit, {"to_light": lit})
        skin.draw(self._lit)
        self._context.polygon_offset = 0.0, 0.0

    def _draw_cast(self, skin: Skin, square: tuple[float, float, float]) -> None:
        """Lay her on the floor, and soften that along both directions."""
        context = self._context
        context.enable_only(context.BLEND)
        context.blend_equation = (context.MAX, context.MAX)
        self._cast.frame.use()
        self._cast.frame.clear()
        tell(self._laid, {"slide": SLIDE, "square": square})
        skin.draw(self._laid)
        context.enable_only(context.NOTHING)
        context.blend_equation = (context.FUNC_ADD, context.FUNC_ADD)
        cell = square[2] / CAST_TEXELS
        widths = np.maximum(0.006 + 0.5 * PENUMBRA * np.array(HEIGHTS_METRES), 0.6 * cell) / cell
        self._under.textures[0].use(1)
        for program, source, onto, step in (
            (self._soften, self._cast, self._soft, (1, 0)),
            (self._settle, self._soft, self._dark, (0, 1)),
        ):
            onto.frame.use()
            source.textures[0].use(0)
            strengths = tuple(1 / (1 + 0.25 * height) for height in HEIGHTS_METRES)
            tell(program, {"texel": np.array(step) / CAST_TEXELS, "widths": widths, "open": 1, "strengths": strengths})
            self._sheets[program.glo].render()

    def _draw_under(self, skin: Skin, square: tuple[float, float, float], parts: int) -> None:
        self._context.enable_only(self._context.NOTHING)
        self._under.frame.use()
        skin.parts.use(0)
        tell(self._beneath, {"square": square, "part_count": parts})
        self._sheets[self._beneath.glo].render()

    def _draw_body(self, on: Screenful, skin: Skin, shot: Shot, lit: np.ndarray, boxes: tuple[view.Box, view.Box]) -> None:
        """Draw her, and at half the size her image in the floor."""
        context, theme = self._context, shot.theme
        context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
        self._light.textures[0].use(0)
        tell(
            self._body,
            looks.of_body(theme)
            | view.lights(shot.view)
            | {
                "to_picture": view.to_picture(shot.view),
                "to_light": lit,
                "eye": shot.view.eye,
                "shadow_texel": 1 / LIGHT_TEXELS,
            }
            | {"pulse_light": looks.ring_light(shot.pulse, theme)},
        )
        for target, (left, top, right, bottom), shrink, upright, mirrored in (
            (on.body, boxes[0], 1, 1.0, (0.0, 1.0, 0.0, 0.0)),
            (on.image, boxes[1], 2, -1.0, (theme.mirror, MIRROR_METRES, 0.0, 0.0)),
        ):
            frame = target.frame
            frame.use()
            frame.scissor = (left // shrink, top // shrink, (right - left) // shrink, (bottom - top) // shrink)
            frame.clear()
            # The picture's first row is its top, which turns triangles round, and so does a mirror.
            context.front_face = "cw" if upright > 0 else "ccw"
            tell(self._body, {"upright": upright, "mirrored": mirrored})
            skin.draw(self._body)
            frame.scissor = (0, 0, *frame.size)
        context.enable_only(context.NOTHING)

    def _put_together(
        self, on: Screenful, shot: Shot, boxes: tuple[view.Box, view.Box], square: tuple[float, float, float]
    ) -> np.ndarray:
        """Draw the stage with her on it, and fetch it."""
        screen, (width, height) = shot.view.screen, on.size
        for place, texture in (
            (DARK, self._dark.textures[0]),
            (IMAGE, on.image.textures[0]),
            (BODY, on.body.textures[0]),
            (TITLE, self._titled(screen, shot.title)),
        ):
            texture.use(place)
        values = looks.of_stage(shot.theme) | {
            "size": (float(width), float(height)),
            "room": (float(width), float(on.rows)),
            "horizon": float(screen.horizon),
            "to_floor": np.linalg.inv(floor_to_screen(shot.view)),
            "pool_place": looks.pool(shot.view),
            "ring": looks.ring(shot.pulse),
            "square": square,
            **{"kept_off": DARK, "image": IMAGE, "body": BODY, "title": TITLE},
        }
        on.planes.frame.use()
        pieces = view.split(*boxes, screen.size, screen.horizon)
        for kind in {piece[:2] for piece in pieces}:
            tell(self._pieces[kind], values)
        for floor, depth, box in pieces:
            program = self._pieces[floor, depth]
            tell(program, {"box": tuple(map(float, box))})
            self._sheets[program.glo].render()
        return on.read(self._chroma, self._sheets[self._chroma.glo])

    def _titled(self, screen: Screen, title: str) -> Any:
        """The title's ink; nothing, in one texel, without one."""
        key = (screen.size, title)
        if self._title is None or self._title[0] != key:
            if self._title is not None:
                self._title[1].release()
            ink = title_ink(screen, title) * TITLE_STRENGTH * 255 if title else np.zeros((1, 1))
            texture = self._context.texture(ink.shape[::-1], 1, np.rint(ink).astype(np.uint8).tobytes())
            self._title = (key, texture)
        return self._title[1]

    @property
    def error(self) -> str:
        """What OpenGL has to complain of."""
        return str(self._context.error)

    def release(self) -> None:
        """Give everything back but the context."""
        for skin in self._skins.values():
            skin.release()
        for thing in (*self._things, self._screenful, self._title and self._title[1]):
            if thing is not None:
                thing.release()
