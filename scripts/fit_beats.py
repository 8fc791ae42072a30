"""Fit the weights of the beat tracker's rule, `ballo.music.weights`, on composed songs whose beats are known exactly.

    python scripts/fit_beats.py [--songs 1500] [--first-seed 10000] [--test 96] [--workers 2] [--cache DIR] [-o WEIGHTS.py]

Songs come from tests/music/synthesis.py, every style in turn, harder or easier by chance. Each way of counting a song that
`metre` thinks of is scored by the F-measures of its beats and downbeats, and the weights are those that make the best ways the
likeliest: a conditional logit, held small in proportion to how much a figure varies. The same seeds give the same weights.
Songs after the last one fitted, --test of them, are held out: from the new weights, though those from before may have been
fitted on some of them. About a second a song on a core; with --cache a run that was stopped goes on where it was.

Axes: H ways of counting, of one song or of all in a row, F figures, S songs.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from rich.progress import track
from scipy.optimize import minimize

from ballo.music import beats, metre, onsets, tempo
from ballo.music.onsets import FPS
from ballo.music.weights import WEIGHTS

ROOT = Path(__file__).resolve().parents[1]
SYNTHESIS = ROOT / "tests" / "music" / "synthesis.py"
WINDOW_SECONDS = 0.07  # within which a beat found is the beat played, as in mir_eval
TOLERANCE = 0.06  # how much worse than the best way of counting, in F, a way may be and still be right
LEAST_RIGHT = 0.8  # a song is fitted if some way of counting it is as right as this: else there is nothing to choose
PENALTY = 1.0  # on the squared weight of a figure per its standard deviation, in nats
LEAST_SPREAD = 1e-3  # of a figure; those that vary less are not weighed
HEAD = '''\
"""How much each figure of `metre` counts for a way of counting: always, more in bars of three, and more an octave of tempo.

Fitted by scripts/fit_beats.py, on {songs} composed songs of the seeds {first} to {last}.
"""

WEIGHTS: dict[str, tuple[float, float, float]] = {{
'''


@dataclass(frozen=True, eq=False)
class Counted:
    """The ways of counting a song: their figures (H, F) by names (F,), the circumstances (H, 3) under which these weigh more,
    and how right each is (H, 2), the F-measures of its beats and its downbeats."""

    names: np.ndarray
    figures: np.ndarray
    circumstances: np.ndarray
    right: np.ndarray

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """(H,) as the rule weighs them, from weights (F, 3)."""
        return ((self.figures @ weights) * self.circumstances).sum(axis=1)


def main() -> None:
    """Write the weights and print how well the rule chooses with them, and with those that were there before."""
    arguments = _arguments()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.songs + arguments.test)
    folder = None if arguments.cache is None else arguments.cache / _recipe()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(arguments.workers) as pool:
        found = pool.map(partial(counted, folder=folder), seeds)
        songs = list(track(found, "counting songs", total=len(seeds)))
    fitted, held_out = songs[: arguments.songs], songs[arguments.songs :]
    usable = [song for song in fitted if _is_usable(song)]
    if not usable:
        sys.exit("no way of counting any of these songs is right: give more --songs, or look at what metre proposes")
    names, weights = [str(name) for name in usable[0].names], fit(usable)
    before = np.array([WEIGHTS.get(name, (0.0, 0.0, 0.0)) for name in names])
    print("weights  songs           beat F  downbeat F")
    for label, tried in (("before", before), ("after", weights)):
        for kind, judged in (("fitted", fitted), ("held out", held_out)):
            if judged:
                beat, downbeat = chosen(judged, tried).mean(axis=0)
                print(f"{label:8} {kind:8} {len(judged):6}  {beat:6.3f}  {downbeat:10.3f}")
    arguments.output.write_text(module(names, weights, len(usable), seeds[: arguments.songs]), encoding="utf-8")
    print(f"Wrote {arguments.output}, fitted on the {len(usable)} songs that can be counted right")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=1500)
    parser.add_argument("--first-seed", type=int, default=10_000, help="the tests' own songs have seeds below 10,000")
    parser.add_argument("--test", type=int, default=96, help="songs held out, after the last one fitted")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep figures here, apart for each state of the programs")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "src" / "ballo" / "music" / "weights.py")
    arguments = parser.parse_args()
    if arguments.songs < 1 or arguments.test < 0 or arguments.workers < 1:
        parser.error("give at least one of --songs and --workers, and no negative --test")
    if not arguments.output.parent.is_dir():
        parser.error(f"there is no folder {arguments.output.parent} to write to")
    return arguments


# Songs


def counted(seed: int, folder: Path | None = None) -> Counted:
    """The ways of counting a song of this seed, from the folder if they are there."""
    path = None if folder is None else folder / f"{seed}.npz"
    if path is not None and path.exists():
        with np.load(path) as kept:
            return Counted(**kept)
    song = compose(seed)
    found = measured(song.samples, song.beats, song.downbeats)
    if path is not None:
        begun = path.with_suffix(".part")
        with begun.open("wb") as file:
            np.savez_compressed(file, **vars(found))
        begun.replace(path)  # whole or not at all
    return found


def compose(seed: int) -> Any:
    """A song of the style whose turn it is, in which chance decides what makes it hard."""
    synthesis = _synthesis()
    random = np.random.default_rng(seed)
    twist = synthesis.Twist(
        noise=float(random.choice([0.0, 0.0, 0.1, 0.3])),
        drift=float(random.choice([0.0, 0.0, 0.0, 0.03, 0.06])),
        loose=float(random.choice([0.0, 0.004, 0.01])),
        drums=bool(random.random() < 0.7),
        lead_in=float(random.choice([0.0, 0.3, 1.5])),
        dull=bool(random.random() < 0.15),
    )
    styles = list(synthesis.STYLES)
    return synthesis.compose(styles[seed % len(styles)], seed, twist=twist, seconds=float(random.choice([22.0, 30.0])))


def measured(samples: np.ndarray, true_beats: np.ndarray, true_downbeats: np.ndarray) -> Counted:
    """The ways of counting a song whose beats and downbeats are known in seconds."""
    sound = onsets.listen([samples])
    ways = list(metre.hypotheses(metre.evidence(onsets.regions(sound), sound)))
    names = list(dict.fromkeys(name for way in ways for name in way.figures))
    right = []
    for way in ways:
        times = way.beats / FPS - beats.LATE_SECONDS
        right.append((f_measure(true_beats, times), f_measure(true_downbeats, times[way.first :: way.bar])))
    return Counted(
        np.array(names),
        np.array([[way.figures.get(name, 0.0) for name in names] for way in ways]),
        np.array([way.circumstances for way in ways]),
        np.array(right),
    )


def f_measure(reference: np.ndarray, found: np.ndarray) -> float:
    """Twice the hits over all beats. Beats lie farther apart than two windows, so that none is hit twice."""
    if len(reference) == 0 or len(found) == 0:
        return 0.0
    after = np.searchsorted(found, reference)
    nearest = np.minimum(
        np.abs(found[np.clip(after, 0, len(found) - 1)] - reference),
        np.abs(found[np.clip(after - 1, 0, len(found) - 1)] - reference),
    )
    return 2 * int((nearest <= WINDOW_SECONDS).sum()) / (len(reference) + len(found))


@cache
def _synthesis() -> ModuleType:
    specification = importlib.util.spec_from_file_location("synthesis", SYNTHESIS)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["synthesis"] = module  # where dataclasses look their module up
    specification.loader.exec_module(module)
    return module


def _recipe() -> str:
    """Stands for the programs that figures come from; one changed, figures kept are figures of another recipe."""
    sources = [SYNTHESIS, Path(__file__), *(Path(str(part.__file__)) for part in (onsets, tempo, metre))]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


# The fit


def fit(songs: Sequence[Counted]) -> np.ndarray:
    """(F, 3) the weights under which the right ways of counting are the likeliest in all songs together."""
    assert all(np.array_equal(song.names, songs[0].names) for song in songs)
    figures = np.concatenate([song.figures for song in songs])
    circumstances = np.concatenate([song.circumstances for song in songs])
    right = np.concatenate([_right(song) for song in songs])
    lengths = [len(song.figures) for song in songs]
    begins, owner = np.cumsum([0, *lengths[:-1]]), np.repeat(np.arange(len(songs)), lengths)
    spread = np.stack([(figures * column[:, None]).std(axis=0) for column in circumstances.T], axis=1)
    scale = (spread > LEAST_SPREAD) / (spread + LEAST_SPREAD)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        standard = flat.reshape(scale.shape)
        scores = ((figures @ (standard * scale)) * circumstances).sum(axis=1)
        right_scores = np.where(right, scores, -np.inf)
        every = np.logaddexp.reduceat(scores, begins)
        best = np.logaddexp.reduceat(right_scores, begins)
        excess = np.exp(scores - every[owner]) - np.exp(right_scores - best[owner])
        slope = figures.T @ (circumstances * excess[:, None]) * scale + 2 * PENALTY * standard
        return float((every - best).sum() + PENALTY * (standard**2).sum()), slope.ravel()

    found = minimize(loss, np.zeros(scale.size), jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000})
    if not found.success:
        sys.exit(f"the fit did not settle: {found.message}")
    return found.x.reshape(scale.shape) * scale


def chosen(songs: Sequence[Counted], weights: np.ndarray) -> np.ndarray:
    """(S, 2) F-measures of beats and downbeats of the way that the rule chooses, none where there is no way to choose."""
    return np.array([song.right[song.scores(weights).argmax()] if len(song.right) else (0.0, 0.0) for song in songs])


def _right(song: Counted) -> np.ndarray:
    """(H,) the ways of counting that are as good as any of them."""
    worse = song.right.min(axis=1)
    return worse >= worse.max() - TOLERANCE


def _is_usable(song: Counted) -> bool:
    return len(song.right) > 0 and song.right.min(axis=1).max() > LEAST_RIGHT


def module(names: Sequence[str], weights: np.ndarray, songs: int, seeds: Sequence[int]) -> str:
    """The weights as the source of `ballo.music.weights`."""
    rounded = np.round(weights, 2) + 0.0  # no -0.00
    rows = "".join(f'    "{name}": ({a:.2f}, {b:.2f}, {c:.2f}),\n' for name, (a, b, c) in zip(names, rounded, strict=True))
    return HEAD.format(songs=songs, first=seeds[0], last=seeds[-1]) + rows + "}\n"


if __name__ == "__main__":
    main()
