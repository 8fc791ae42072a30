"""What docs/data.md states of a remastered archive besides `ballo data report`: joins and feet at their worst, units against
the bars found by likeness, bent units made straight, and arrangements beside the dances.

    python scripts/measure_remaster.py SRC ARCHIVE [--arrangements 10]

ARCHIVE is what `ballo data prepare SRC` made.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ballo.dataset import arrange, chain, chaining, rebuilding, recordings, stock, timebase
from ballo.dataset.adapters import choreonet
from ballo.dataset.archive import Archive, Beats
from ballo.dataset.grids import LIKENESS
from ballo.dataset.library import Library
from ballo.dataset.recordings import SECOND
from ballo.dataset.remaster import HOLD, Score
from ballo.dataset.units import beats_a_bar, is_rest
from ballo.metrics import feet, sync
from ballo.metrics.joins import Joined, join_jerk
from ballo.metrics.sync import InSong
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import steps

TOES = [DANCER.index("left_toe"), DANCER.index("right_toe")]
REBUILT = "20"
NEAR_BAR = 0.75


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--arrangements", type=int, default=10, help="to each style, on its training songs in turn")
    arguments = parser.parse_args()
    archive = Archive.open(arguments.archive)
    library = stock.opened(archive)
    folder = recordings.choreonet_folder([arguments.source])
    assert folder is not None, "no scripts in the source"
    intervals, _ = choreonet.read_intervals(folder / choreonet.INTERVALS, arguments.source)
    _worst(archive)
    _likeness(library, intervals)
    _straightened(arguments.source, intervals)
    _arranged(archive, library, arguments.arrangements)


def _worst(archive: Archive) -> None:
    for style in archive.styles:
        dances = [dance for dance in archive.dances if dance.style == style]
        moved = [dance.motion().positions.astype(np.float64) for dance in dances]
        jerk = join_jerk(
            [Joined(each, dance.fps, np.array(dance.joins) / dance.fps) for each, dance in zip(moved, dances, strict=True)]
        )
        slides = [100 * feet.skate(each[:, TOES], archive.fps, floor=0.0).p90 for each in moved]
        print(
            f"{style:8} ninth decile of joins' peaks over the 95th percentile elsewhere {jerk.p90_peak / jerk.inside_p95:.2f};"
            f" of feet {np.median(slides):.0f} cm/s"
        )


def _likeness(library: Library, intervals: list[choreonet.Interval]) -> None:
    """How far hand-made starts of units lie from the bars found by likeness, which is not told of them."""
    off = []
    for unit in intervals:
        grid, take = library.grids.get(unit.take), library.takes.get(unit.take)
        if grid is not None and take is not None and grid.rule == LIKENESS and not is_rest(unit.tag):
            place = float(grid.beat(unit.first_frame / take.fps)) - grid.downbeat
            off.append((place + grid.bar / 2) % grid.bar - grid.bar / 2)
    near = sum(abs(place) < NEAR_BAR for place in off)
    print(f"by likeness: {near} of {len(off)} units start within {NEAR_BAR} beat of a bar")


def _straightened(source: Path, intervals: list[choreonet.Interval]) -> None:
    """Sides of units that some dance shows unbent, as other dances show them and as their neighbours there straighten them."""
    order = [unit.tag for unit in intervals if unit.take == REBUILT]
    wanted = {tag[0] for tag in order}
    dances = [r for r in recordings.read(source).recordings if r.release == SECOND and r.name.split("_")[1] in wanted]
    chained = chaining.turns_by_dance(dances)
    uses = [rebuilding.cuttings(each, *chained.get(each.name, ((), ()))) for each in dances]
    known = rebuilding.unbent(order, uses)
    bent, straight = [], []
    for (tag, side), true in known.items():
        beside = rebuilding.natural(order, side).get(tag)
        for dance in uses:
            for _, made in rebuilding.by_neighbour(dance, tag, side, known):
                if made.use.neighbours[side] != beside:
                    bent.append(_apart(made.use.points, true.points, side))
                    straight.append(_apart(made.points, true.points, side))
    print(
        f"{len(bent)} sides of units: bent {np.median(bent):.2f} cm from what they are, straightened {np.median(straight):.2f}"
    )


def _apart(points: np.ndarray, true: np.ndarray, side: int) -> float:
    """Centimetres, around the pelvis, over the bent frames that no straight line hides."""
    frames = np.arange(4, rebuilding.BENT_FRAMES)
    frames = frames if side == rebuilding.START else len(points) - 1 - frames
    same = timebase.sample(true, frames / (len(points) - 1) * (len(true) - 1))
    centred = [each - each[:, [7, 16]].mean(axis=1, keepdims=True) for each in (points[frames], same)]
    return float(100 * np.linalg.norm(centred[0] - centred[1], axis=-1).mean())


def _arranged(archive: Archive, library: Library, count: int) -> None:
    for style in arrange.styles(library):
        dances = [
            dance for dance in archive.dances if dance.style == style and dance.beats is not None and dance.samples is not None
        ]
        songs = [dance for dance in dances if dance.split == "train"]
        made = []
        for seed in range(1, count + 1):
            dance = songs[(seed - 1) % len(songs)]
            assert dance.beats is not None
            beats = Beats(dance.beats.seconds - min(0.0, dance.beats.seconds[0]), dance.beats.positions, dance.beats.metre)
            score = Score(beats, float(beats.seconds[-1]))
            made.append(arrange.arrange(library, score, style, seed, song=dance.name))
        learnt = chain.learn(library.scripts.values(), style, library)
        half = beats_a_bar(style) / 2
        own = sync.step_phase([_steps(d.motion().positions, d.fps, d.beats.seconds, d.joins) for d in dances if d.beats])
        new = sync.step_phase([_steps(m.rendered.motion.positions, 25.0, m.beats.seconds, m.rendered.joins) for m in made])
        minutes = sum(dance.seconds for dance in songs) / 60, sum(m.rendered.motion.seconds for m in made) / 60
        joins = sum(len(dance.joins) for dance in songs) / minutes[0], sum(len(m.rendered.joins) for m in made) / minutes[1]
        placed = [each.unit for m in made for each in m.placements]
        waited = sum(unit.beats for unit in placed if unit.tag == HOLD) / sum(unit.beats for unit in placed)
        print(
            f"{style:8} bits a half-bar {learnt.bits(half):.2f}, backing off {learnt.bits(half, backing_off=True):.2f};"
            f" step phase {own.resultant:.2f}, arranged {new.resultant:.2f}; joins a minute {joins[0]:.0f}, {joins[1]:.0f};"
            f" beats waited {waited:.2f}"
        )


def _steps(positions: np.ndarray, fps: float, beats: np.ndarray, joins: tuple[float, ...]) -> InSong:
    return InSong(steps(DANCER, positions.astype(np.float64), fps), beats, np.array(joins) / fps)


if __name__ == "__main__":
    main()
