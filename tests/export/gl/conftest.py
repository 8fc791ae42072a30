"""A context to draw in, and frames of figures in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from ballo.errors import ExportError
from ballo.export import camera, gl
from ballo.export.camera import View
from ballo.export.figure import Figure, figure_for
from ballo.export.picture import Shot
from ballo.export.theme import theme_named
from ballo.motion.skeleton import DANCER, Skeleton


@pytest.fixture(scope="session")
def egl() -> Iterator[None]:
    """OpenGL without a window."""
    try:
        gl.check()
    except ExportError as error:
        pytest.skip(f"{error}; scripts/install_gl.sh installs it")
    yield
    gl.release()


@pytest.fixture(scope="session")
def posed() -> Callable[..., tuple[Figure, Shot]]:
    """Makes a figure and a shot of her; arms out, in the middle, unless it is told otherwise."""

    def make(
        rotations: np.ndarray | None = None,
        *,
        at: tuple[float, float] = (0.0, 0.0),
        turn: float = 0.0,
        size: str = "720p",
        theme: str = "light",
        skeleton: Skeleton = DANCER,
        **more: object,
    ) -> tuple[Figure, Shot]:
        figure = figure_for(skeleton)
        if rotations is None:
            rotations = np.tile([1.0, 0, 0, 0], (len(skeleton), 1))
        root = np.array([[0.0, 0.0, 0.0]])
        points = figure.points(rotations[None], root)[0]
        root[:, 1] -= points[: len(skeleton), 1].min() - 0.02
        points = figure.points(rotations[None], root)[0]
        points[:, [0, 2]] += np.array(at, dtype=np.float32)
        screen = camera.screen_named(size)
        view = View(np.array([0.0, camera.PIVOT_METRES, 0.0]), screen.distance_metres + 0.8, turn, screen)
        return figure, Shot(view, points, "", "", theme_named(theme), rotations=rotations, **more)

    return make


@pytest.fixture(scope="session")
def apart(egl: None) -> Callable[[Figure, Shot], tuple[np.ndarray, np.ndarray]]:
    """How a frame differs from the same stage without anybody: luma (H, W) and chroma (2, H / 2, W / 2)."""

    def differing(figure: Figure, shot: Shot) -> tuple[np.ndarray, np.ndarray]:
        nobody = replace(shot, points=shot.points + np.array([0, 0, 500], dtype=np.float32))
        shown, empty = gl.draw(figure, shot), gl.draw(figure, nobody)
        return shown.luma.astype(int) - empty.luma, shown.chroma.astype(int) - empty.chroma

    return differing
