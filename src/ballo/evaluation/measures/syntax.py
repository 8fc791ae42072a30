"""Whether figures follow one another as they do in the dances that training shows."""

from __future__ import annotations

import numpy as np

from ballo.evaluation import figures
from ballo.evaluation.danced import Danced
from ballo.evaluation.figures import Figures
from ballo.evaluation.measures.measure import NEAR_REAL, Measure, TooFew
from ballo.metrics import syntax
from ballo.metrics.syntax import Syntax


def figure_bits(danced: Danced) -> float:
    """How much each figure surprises who knows the one before, in bits a half-bar."""
    return _syntax(danced).bits


def figure_order(danced: Danced) -> float:
    """How much more the same figures would surprise in any order, in bits a half-bar."""
    found = _syntax(danced)
    return found.shuffled - found.bits


def known_figures(danced: Danced) -> Figures:
    """The figures of a song's style (TooFew if the archive knows none)."""
    style, context = danced.staged.style, danced.context
    if context is None:
        raise TooFew("no archive names figures")
    known = context.kept(f"figures of {style}", lambda: figures.learn(context.archive, style))
    if known is None:
        raise TooFew(f"no syntax: no training dance of {style} has units on known beats")
    return known


def named(danced: Danced) -> list[np.ndarray]:
    """(H,) the figures of each seed's dance, by the numbers of `known_figures`.

    Raises:
        TooFew: there are none, or nobody knows the song's bars.
    """
    staged = danced.staged
    if staged.beats is None or staged.positions is None:
        raise TooFew("no bars are known of the song")
    halves = figures.half_bars(staged.beats, staged.positions, staged.metre)
    return [known_figures(danced).of(dance, staged.fps, halves) for dance in danced.placed]


def _syntax(danced: Danced) -> Syntax:
    found = danced.kept("syntax", lambda: syntax.syntax(named(danced), known_figures(danced).transitions))
    if not found.steps:
        raise TooFew("not two half-bars of the song are danced in a row")
    return found


MEASURES = (
    Measure(
        "figure_bits", "figures surprise", "bits a half-bar", NEAR_REAL, figure_bits, family="syntax", convention="sound",
        about="Each half-bar is named by the recorded figure that it is nearest to; how unlikely each is after the "
        "one before, by the chain of the training dances.",
    ),
    Measure(
        "figure_order", "  shuffled, more", "bits a half-bar", NEAR_REAL, figure_order, family="syntax", convention="sound",
        about="How much more the same figures would surprise in any other order; 0 is no order, and a still dancer has none.",
    ),
)  # fmt: skip
