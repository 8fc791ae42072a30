"""Whether dances look like the real ones to the same songs, as a set: FID, Div, precision, recall, density, coverage.

Of clips of 4.8 s, at places that are the same in the made and in the real dance; as papers have it, of whole dances. Seed by
seed, since sets of different sizes do not compare, and the mean over seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from ballo.evaluation.danced import Danced, seeds_of
from ballo.evaluation.measures.measure import LESS, NEAR_ONE, NEAR_REAL, Measure, TooFew
from ballo.metrics import coverage, frechet, geometric, kinetic
from ballo.metrics.coverage import NEIGHBOURS, Coverage
from ballo.metrics.diversity import feature_diversity
from ballo.metrics.paper import frechet as published
from ballo.metrics.paper.joints import smpl_joints

Kind = Literal["kinetic", "geometric"]

GEOMETRIC_FLOOR = 0.02
"""What real dancers never do is measured in fiftieths of a clip, a tenth of a second."""

SONGS, CLIPS = 5, 100
"""Of fewer a distance between sets says little. Of two sets of real dances in the same styles, by three songs (70 clips) each,
one in nine pairs is further apart than real dances are from themselves smoothed by a Gaussian of 0.12 s; of five, one in 30."""

PAPER_SONGS = 20
"""Of fewer whole dances a published FID says nothing: by ten songs each, two sets of real dances are 24 to 170 apart, and FID_g
is past counting, since in few dances there is always something that nobody does. Papers have 40 made and far more real ones."""

HALVINGS = 10


def frechet_distance(kind: Kind) -> Callable[[Sequence[Danced]], float]:
    """FID of clips; 0 of the real dances themselves."""

    def of_songs(songs: Sequence[Danced]) -> float:
        check_enough(songs)
        return 0.0 if _all_real(songs) else _over_seeds(songs, lambda real, made, seed: _fid(kind, real, made, seed))

    return of_songs


def diversity(kind: Kind) -> Callable[[Sequence[Danced]], float]:
    """Div of clips: the mean distance between two of them, in standard deviations of the real ones."""

    def of_songs(songs: Sequence[Danced]) -> float:
        check_enough(songs)
        return _over_seeds(songs, lambda real, made, seed: _div(kind, real, made, seed))

    return of_songs


def among(part: str) -> Callable[[Sequence[Danced]], float]:
    """Precision, recall, density or coverage of clips by both kinds of features; nan of the real dances among themselves."""

    def of_songs(songs: Sequence[Danced]) -> float:
        check_enough(songs)
        if _all_real(songs):
            return float("nan")
        return _over_seeds(songs, lambda real, made, seed: float(getattr(_coverage(real, made, seed), part)))

    return of_songs


def published_distance(kind: Kind) -> Callable[[Sequence[Danced]], float]:
    """Bailando's FID, of whole dances; 0 of the real dances themselves."""

    def of_songs(songs: Sequence[Danced]) -> float:
        check_enough_dances(songs)
        return 0.0 if _all_real(songs) else _over_seeds(songs, lambda real, made, seed: _published(kind, real, made, seed).fid)

    return of_songs


def published_diversity(kind: Kind) -> Callable[[Sequence[Danced]], float]:
    """Bailando's Div, of whole dances."""

    def of_songs(songs: Sequence[Danced]) -> float:
        check_enough_dances(songs)
        return _over_seeds(songs, lambda real, made, seed: _published(kind, real, made, seed).diversity)

    return of_songs


def check_enough(songs: Sequence[Danced]) -> None:
    """Refuse too few songs or clips for a number (TooFew)."""
    clips = sum(len(_features("kinetic", song, 0)) for song in songs) if seeds_of(songs) else 0
    if len(songs) < SONGS or clips < CLIPS:
        raise TooFew(f"{clips} clips of {_counted(songs)}: needs {CLIPS} of {SONGS}")


def check_enough_dances(songs: Sequence[Danced]) -> None:
    """Refuse too few dances for a published number (TooFew)."""
    if len(songs) < PAPER_SONGS or not seeds_of(songs):
        raise TooFew(f"{_counted(songs)}: needs {PAPER_SONGS}")
    for song in songs:
        if min(len(dance) for dance in (song.staged.real, *song.by_seed)) < 3:
            raise TooFew(f"under 3 frames of {song.staged.name}")


def halves(songs: Sequence[Danced], name: str) -> float:
    """What a measure of this family gives to one half of the real dances against the other, the mean of `HALVINGS` halvings.

    This is the control that tells what a number is worth: who is as far from the real dances as these are from one another is
    as good as real, as far as so few clips can tell. Halves are of songs, never of the clips of one, and have as many of each
    style as can be. A half has half the clips, for which FID is larger between any two sets.

    Args:
        songs: whoever danced them.
        name: of a measure of this family.

    Raises:
        TooFew: a half has too few for the measure.
        KeyError: no such measure.
    """
    of_pair, check = _HALVES[name], check_enough_dances if name.startswith("paper") else check_enough
    real, random = [song.reference for song in songs], np.random.default_rng(0)
    halvings = [_halved(real, random) for _ in range(HALVINGS)]
    for half in (half for halving in halvings for half in halving):
        check(half)
    return float(np.mean([of_pair(*halving, 0) for halving in halvings]))


def _halved(songs: Sequence[Danced], random: np.random.Generator) -> tuple[list[Danced], list[Danced]]:
    """Two halves with as many songs of each style as can be; an odd song goes to each half in turn."""
    dealt = [songs[k] for k in random.permutation(len(songs))]
    dealt.sort(key=lambda song: song.staged.style)
    return dealt[::2], dealt[1::2]


def _fid(kind: Kind, real: Sequence[Danced], made: Sequence[Danced], seed: int) -> float:
    return frechet.frechet(_together(kind, real, 0), _together(kind, made, seed), _floor(kind)).value


def _div(kind: Kind, real: Sequence[Danced], made: Sequence[Danced], seed: int) -> float:
    mades, counts = _once(made, seed)
    scale = frechet.scale_of(_together(kind, real, 0), _floor(kind))
    return feature_diversity(scale(_together(kind, mades, seed)), counts)


def _coverage(real: Sequence[Danced], made: Sequence[Danced], seed: int) -> Coverage:
    """Of both kinds of features together, of which each weighs as much as the other.

    Songs that are there more than once, as in resampling, are no neighbours of themselves, but count as often as they are.
    """
    return made[0].kept(f"coverage {_named(real, made, seed)}", lambda: _covered(real, made, seed))


def _covered(real: Sequence[Danced], made: Sequence[Danced], seed: int) -> Coverage:
    (reals, real_weights), (mades, made_weights) = _once(real, 0), _once(made, seed)
    scaled: list[tuple[np.ndarray, np.ndarray]] = []
    kinds: tuple[Kind, Kind] = ("kinetic", "geometric")
    for kind in kinds:
        features, others = _together(kind, reals, 0), _together(kind, mades, seed)
        scale, weight = frechet.scale_of(features, _floor(kind)), features.shape[1] ** -0.5
        scaled.append((scale(features) * weight, scale(others) * weight))
    here, there = (np.concatenate(parts, axis=1) for parts in zip(*scaled, strict=True))
    if min(len(here), len(there)) <= NEIGHBOURS:
        return Coverage(*[float("nan")] * 4)
    return coverage.neighbourhoods(here, there).coverage(real_weights, made_weights)


def _once(songs: Sequence[Danced], seed: int) -> tuple[list[Danced], np.ndarray]:
    """Each song once, and how often each of their clips is there."""
    counts = Counter(id(song) for song in songs)
    unique = list({id(song): song for song in songs}.values())
    return unique, np.repeat([counts[id(song)] for song in unique], [len(_features("kinetic", song, seed)) for song in unique])


def _published(kind: Kind, real: Sequence[Danced], made: Sequence[Danced], seed: int) -> published.Published:
    def compute() -> published.Published:
        whole = ((real, 0), (made, seed))
        return published.published(*(np.stack([getattr(_whole(song, k), kind) for song in songs]) for songs, k in whole))

    return made[0].kept(f"published {kind} {_named(real, made, seed)}", compute)


def _named(real: Sequence[Danced], made: Sequence[Danced], seed: int) -> str:
    """Tells a comparison from others of the same dancer's first song."""
    return f"{seed} {sorted(song.staged.name for song in real)} {sorted(song.staged.name for song in made)}"


def _together(kind: Kind, songs: Sequence[Danced], seed: int) -> np.ndarray:
    return np.concatenate([_features(kind, song, seed) for song in songs])


def _features(kind: Kind, song: Danced, seed: int) -> np.ndarray:
    """(B, D) of the clips of a seed's dance."""

    def compute() -> np.ndarray:
        clips, staged = song.clips(seed), song.staged
        if kind == "kinetic":
            return kinetic.kinetic_features(clips, staged.fps)
        return geometric.geometric_features(staged.skeleton, clips, staged.fps)

    return song.kept(f"{kind} features {seed}", compute)


def _whole(song: Danced, seed: int) -> published.Features:
    """Bailando's features of a seed's whole dance."""
    return song.kept(
        f"published features {seed}",
        lambda: published.bailando(smpl_joints(song.staged.skeleton, song.by_seed[seed].astype(np.float64))),
    )


def _over_seeds(songs: Sequence[Danced], of_pair: Callable[[Sequence[Danced], Sequence[Danced], int], float]) -> float:
    real = [song.reference for song in songs]
    return float(np.mean([of_pair(real, songs, seed) for seed in range(seeds_of(songs))]))


def _floor(kind: Kind) -> float:
    return GEOMETRIC_FLOOR if kind == "geometric" else 0.0


def _all_real(songs: Sequence[Danced]) -> bool:
    return all(song.real for song in songs)


def _counted(songs: Sequence[Danced]) -> str:
    return f"{len(songs)} song{'' if len(songs) == 1 else 's'}"


_HALVES: Mapping[str, Callable[[Sequence[Danced], Sequence[Danced], int], float]] = {
    "fid_kinetic": lambda real, made, seed: _fid("kinetic", real, made, seed),
    "fid_geometric": lambda real, made, seed: _fid("geometric", real, made, seed),
    "div_kinetic": lambda real, made, seed: _div("kinetic", real, made, seed),
    "div_geometric": lambda real, made, seed: _div("geometric", real, made, seed),
    "precision": lambda real, made, seed: _coverage(real, made, seed).precision,
    "recall": lambda real, made, seed: _coverage(real, made, seed).recall,
    "density": lambda real, made, seed: _coverage(real, made, seed).density,
    "coverage": lambda real, made, seed: _coverage(real, made, seed).coverage,
    "paper_fid_kinetic": lambda real, made, seed: _published("kinetic", real, made, seed).fid,
    "paper_fid_geometric": lambda real, made, seed: _published("geometric", real, made, seed).fid,
    "paper_div_kinetic": lambda real, made, seed: _published("kinetic", real, made, seed).diversity,
    "paper_div_geometric": lambda real, made, seed: _published("geometric", real, made, seed).diversity,
}

_OF_CLIPS = "between the clips and the real ones to the same songs, as sets"
_BAILANDO = "as Bailando computes it, of AIST++'s features of whole dances"

MEASURES = (
    Measure(
        "fid_kinetic", "FID_k", "", LESS, None, frechet_distance("kinetic"), "realism", "sound",
        f"Frechet distance {_OF_CLIPS}, by how much energy each joint spends; it is blind to music. Compare with real halves.",
    ),
    Measure(
        "fid_geometric", "FID_g", "", LESS, None, frechet_distance("geometric"), "realism", "sound",
        f"Frechet distance {_OF_CLIPS}, by what limbs do (32 yes-or-no relations). It hardly sees noise or smoothing.",
    ),
    Measure(
        "div_kinetic", "Div_k", "", NEAR_REAL, None, diversity("kinetic"), "realism", "sound",
        "Mean distance between two clips by how much energy each joint spends, in standard deviations of the real clips.",
    ),
    Measure(
        "div_geometric", "Div_g", "", NEAR_REAL, None, diversity("geometric"), "realism", "sound",
        "Mean distance between two clips by what limbs do, in standard deviations of the real clips.",
    ),
    Measure(
        "precision", "precision", "", NEAR_ONE, None, among("precision"), "realism", "sound",
        f"The share of clips that lie no further from some real clip than its {NEIGHBOURS}th neighbour: that could be real.",
    ),
    Measure(
        "recall", "recall", "", NEAR_ONE, None, among("recall"), "realism", "sound",
        "The share of real clips that lie so near some made one: of what is real, how much is made. Wild dances raise it.",
    ),
    Measure(
        "density", "density", "", NEAR_ONE, None, among("density"), "realism", "sound",
        "How many real clips a clip lies near, over what is usual among real ones; over 1 where dances are all average.",
    ),
    Measure(
        "coverage", "coverage", "", NEAR_ONE, None, among("coverage"), "realism", "sound",
        "The share of real clips that have a made one near them: recall that wild dances do not raise.",
    ),
    Measure(
        "paper_fid_kinetic", "FID_k (Bailando)", "", LESS, None, published_distance("kinetic"), "realism", "paper",
        f"FID {_BAILANDO}; a third of which are where joints are, by a fault of the reference code.",
    ),
    Measure(
        "paper_fid_geometric", "FID_g (Bailando)", "", LESS, None, published_distance("geometric"), "realism", "paper",
        f"FID {_BAILANDO}; endless where somebody does what no real dance does.",
    ),
    Measure(
        "paper_div_kinetic", "Div_k (Bailando)", "", NEAR_REAL, None, published_diversity("kinetic"), "realism", "paper",
        f"Diversity {_BAILANDO}.",
    ),
    Measure(
        "paper_div_geometric", "Div_g (Bailando)", "", NEAR_REAL, None, published_diversity("geometric"), "realism", "paper",
        f"Diversity {_BAILANDO}.",
    ),
)  # fmt: skip
