"""The way over the stage: where a dancer's standing feet lead her, and how to keep her on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STAGE_METRES = 8.0
"""The stage is a square of this side around the origin."""

_MARGIN_METRES = 0.6  # the body reaches this far beyond its root
_KNOT_SECONDS = 4.0
_ROUNDS, _EFFORT, _FIRST_TURN = 400, 0.02, 0.02


@dataclass(frozen=True, eq=False)
class Way:
    """How a dancer moves over the floor.

    Args:
        feet: (T, P, 2) x and z of foot points around the root, in her own heading frame, metres.
        heading: (T,) radians about +Y.
        slip: (T - 1, P, 2) metres each point moves over the floor from frame to frame, in her heading frame.
        weights: (T - 1, P) how much each point decides; they sum to 1.
    """

    feet: np.ndarray
    heading: np.ndarray
    slip: np.ndarray
    weights: np.ndarray

    def path(self, turn: np.ndarray | float = 0.0) -> np.ndarray:
        """(T,) complex x - iz of the root, from 0, if she is turned by `turn` radians, (T,) or one for all, more.

        Written so, exp(i a) turns about +Y by a.
        """
        faced = self.heading + turn
        around = _complex(self.feet) * np.exp(1j * faced)[:, None]
        between = np.exp(0.5j * (faced[1:] + faced[:-1]))
        moves = _complex(self.slip) * between[:, None] - np.diff(around, axis=0)
        return np.concatenate([[0], np.cumsum((self.weights * moves).sum(axis=1))])


def _complex(xz: np.ndarray) -> np.ndarray:
    return xz[..., 0] - 1j * xz[..., 1]


def on_stage(way: Way, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """The heading (T,) and the root's x and z (T, 2) of a dance that stays on the stage, its middle at the origin.

    She starts facing +Z. Where she would leave the stage, she is turned about the vertical a little more or less than she
    turned, as little as will do and slowly (knots four seconds apart), so that no foot is seen to slide by it.
    """
    face = -way.heading[0]
    room = STAGE_METRES / 2 - _MARGIN_METRES
    path = way.path(face)
    turn: np.ndarray | float = face
    if _reach(path) > room:
        turn = face + _steered(way, face, room, fps)
        path = way.path(turn)
    path = path - _middle(path)
    return way.heading + turn, np.stack([path.real, -path.imag], axis=1)


def _middle(path: np.ndarray) -> complex:
    return complex((path.real.max() + path.real.min()) / 2, (path.imag.max() + path.imag.min()) / 2)


def _reach(path: np.ndarray) -> float:
    """Half the side of the smallest upright square around a path."""
    return float(max(np.ptp(path.real), np.ptp(path.imag)) / 2)


def _steered(way: Way, face: float, room: float, fps: float) -> np.ndarray:
    """(T,) how much more to turn: the smallest turns at knots, linear in between, that keep the path on the stage.

    Gradient descent on the squared excess over the stage plus the squared rates of turning. The path of a knot's turn is the
    path after it, turned about where the root is then, so that the gradient costs one pass over the path.
    """
    frames = len(way.heading)
    every = max(1, round(_KNOT_SECONDS * fps))
    knots = np.arange(0, frames + every, every)
    # Straight on, no small turn to either side is better than none: she has to be turned a little to begin with.
    rates = np.full(len(knots) - 1, _FIRST_TURN)
    coarse = max(1, round(fps / 5))
    best, best_turn = np.inf, np.zeros(frames)
    momentum = np.zeros_like(rates)
    for _ in range(_ROUNDS):
        turn = np.interp(np.arange(frames), knots, np.concatenate([[0], np.cumsum(rates)]))
        path = way.path(face + turn)
        path = path - _middle(path)
        if _reach(path) < best:
            best, best_turn = _reach(path), turn
        if best <= room:
            break
        thin = path[::coarse]
        excess = np.sign(thin.real) * np.clip(np.abs(thin.real) - 0.97 * room, 0, None) + 1j * (
            np.sign(thin.imag) * np.clip(np.abs(thin.imag) - 0.97 * room, 0, None)
        )
        # d path(t) / d rate(k) = i (path(t) - path(knot k)) for t after the knot, less while its turn is still under way.
        at = np.minimum(knots[:-1] + every // 2, frames - 1)
        later = np.arange(0, frames, coarse)[None] > at[:, None]
        lever = 1j * (thin[None] - path[at][:, None]) * later
        gradient = (excess.real * lever.real + excess.imag * lever.imag).sum(axis=1) / len(thin)
        momentum = 0.9 * momentum - 0.05 * (gradient + _EFFORT * rates / len(rates))
        rates = np.clip(rates + momentum, -0.6, 0.6)
    return best_turn
