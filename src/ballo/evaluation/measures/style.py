"""In which style dances look danced, by a classifier that learnt on real ones.

Its word on the real validation dances, which are a row of every table, is what other rows are to be seen against: where that is
not near 100 %, the classifier is wrong and not the dancer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.measures.measure import NEAR_REAL, Measure, TooFew
from ballo.metrics.style import StyleAccuracy, StyleClassifier, style_accuracy, summed

_CHOSEN, _CONFUSION, _LIKELY = "style classifier", "style confusion", "style probabilities"


def choose(context: Context, classifier: StyleClassifier) -> None:
    """Have an evaluation's dances judged by another classifier than the shipped one; before anything is measured."""
    context.memory[_CHOSEN] = classifier


def classifier_of(context: Context | None) -> StyleClassifier:
    """Who judges the dances of an evaluation."""
    return _shipped() if context is None else context.kept(_CHOSEN, _shipped)


@cache
def _shipped() -> StyleClassifier:
    return StyleClassifier.load()


def confusion(songs: Sequence[Danced]) -> StyleAccuracy:
    """What the clips of dances are taken for, by the styles that were asked for, over all seeds.

    Raises:
        TooFew: the classifier does not know the styles or the joints, or there is no clip long enough.
    """
    if not songs:
        raise TooFew("no dances")
    classifier = classifier_of(songs[0].context)
    known = [song for song in songs if song.staged.style in classifier.classes]
    if not known:
        raise TooFew(f"the classifier knows {', '.join(classifier.classes)}")
    found = summed(np.sum([_of_song(song, classifier) for song in known], axis=0))
    if not found.clips:
        raise TooFew(f"no clip of {classifier.seconds:g} s")
    return found


def accuracy(songs: Sequence[Danced]) -> float:
    """How often the style that was asked for is the likeliest, in %: the mean over styles, of which most songs are waltzes."""
    return 100 * confusion(songs).mean_over_styles


def probability(songs: Sequence[Danced]) -> float:
    """How likely the style that was asked for is, in %: the mean over clips, then over styles."""
    confusion(songs)
    classifier = classifier_of(songs[0].context)
    likely: dict[str, list[np.ndarray]] = {}
    for song in songs:
        style = song.staged.style
        if style in classifier.classes:
            likely.setdefault(style, []).append(_likely(song, classifier)[:, classifier.classes.index(style)])
    by_style = [np.concatenate(found) for found in likely.values()]
    return 100 * float(np.mean([found.mean() for found in by_style if len(found)]))


def _of_song(danced: Danced, classifier: StyleClassifier) -> np.ndarray:
    """(C, C) the confusion matrix of one song."""

    def compute() -> np.ndarray:
        likely = _likely(danced, classifier)
        asked = classifier.classes.index(danced.staged.style)
        return style_accuracy(likely, np.full(len(likely), asked)).confusion

    return danced.kept(_CONFUSION, compute)


def _likely(danced: Danced, classifier: StyleClassifier) -> np.ndarray:
    """(clips of all seeds, C)."""

    def compute() -> np.ndarray:
        staged = danced.staged
        if not danced.by_seed:
            return np.zeros((0, len(classifier.classes)))
        clips = np.concatenate([danced.clips(seed) for seed in range(len(danced.by_seed))])
        try:
            return classifier.probabilities(clips, staged.fps, staged.skeleton.joint_names)
        except ValueError as error:
            raise TooFew(str(error)) from error

    return danced.kept(_LIKELY, compute)


def _of_one(of: Callable[[Sequence[Danced]], float]) -> Callable[[Danced], float]:
    """The same of one song; nan where there is too little, which is told of all songs together."""

    def of_song(danced: Danced) -> float:
        try:
            return of([danced])
        except TooFew:
            return float("nan")

    return of_song


MEASURES = (
    Measure(
        "style_accuracy",
        "style accuracy",
        "%",
        NEAR_REAL,
        _of_one(accuracy),
        accuracy,
        family="style",
        about="How often a classifier that learnt on real dances takes a clip of 4.8 s for the style that was asked for; "
        "the mean over styles, so that whoever does the same in all of them has 25 % of four. It judges movement alone.",
    ),
    Measure(
        "style_probability",
        "  its probability",
        "%",
        NEAR_REAL,
        _of_one(probability),
        probability,
        family="style",
        about="How likely that classifier finds the style that was asked for, likewise; 25 % for four styles where "
        "it sees nothing to tell them apart by, as in a frozen dancer.",
    ),
)
