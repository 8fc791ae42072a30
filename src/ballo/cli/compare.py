"""`ballo data compare`: whether the publications show the same dances."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.table import Table

    from ballo.dataset.comparison import Pair
    from ballo.dataset.recordings import Publication, Recording

_HIPS = (7, 16)


def compare(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SRC...", help="The folders of Tang et al. 2018 (both releases) and ChoreoNet.")
    ],
) -> None:
    """Compare published dances with the takes that they were cut from, and the first release with the second.

    Distances are between poses, centred on the pelvis and turned to face alike, away from the publishers' splices.
    """
    from rich.console import Console

    from ballo.dataset import recordings
    from ballo.dataset.recordings import SECOND

    publication = recordings.read(*sources)
    console = Console()
    second = [recording for recording in publication.recordings if recording.release == SECOND]
    folder = recordings.choreonet_folder(sources)
    if folder is not None:
        _show_takes(console, folder, sources[0], publication, [each for each in second if each.script])
    _show_releases(console, publication)


def _show_takes(console: Console, folder: Path, source: Path, publication: Publication, dances: Sequence[Recording]) -> None:
    """Each style's distance to its takes, on the bounds as cut and on the beats they are danced on now."""
    from ballo.dataset import comparison, library
    from ballo.dataset.adapters import choreonet

    if not choreonet.recognises(folder):
        return
    built, _ = library.build(folder, source, publication, ())
    intervals, _ = choreonet.read_intervals(folder / choreonet.INTERVALS, source)
    wanted = {interval.take for interval in intervals}
    read, _ = choreonet.read_takes([file for file in choreonet.take_files(folder) if file.stem in wanted], source)
    markers = {take.name: take for take in read}
    table = _table(
        "Published dances beside their takes", "style", "frames", "median cm", "nine in ten under", "on the take's beats"
    )
    cut = _by_style(comparison.with_takes(dances, intervals, markers))
    beaten = _by_style(comparison.with_takes(dances, intervals, markers, built.units))
    for style, found in sorted(cut.items()):
        moved = beaten[style]
        table.add_row(style, f"{found[2]:,}", f"{found[0]:.1f}", f"{found[1]:.1f}", f"{moved[0]:.1f}")
    console.print(table)
    console.print(
        "On the take's beats: the units as `ballo data prepare` dances them, which start up to a fifth of a second off.\n"
    )


def _by_style(pairs: Iterable[Pair]) -> dict[str, tuple[float, float, int]]:
    """Median and ninth decile in centimetres, and how many frames, by style."""
    import numpy as np

    from ballo.dataset.recordings import style_of
    from ballo.metrics.likeness import likeness, pose_distance_aligned

    distances: dict[str, list[np.ndarray]] = {}
    for pair in pairs:
        apart = pose_distance_aligned(pair.published, pair.source, _HIPS, _HIPS)
        distances.setdefault(style_of(pair.dance), []).append(apart)
    found = {style: likeness(np.concatenate(known)) for style, known in distances.items()}
    return {style: (known.median * 100, known.p90 * 100, known.frames) for style, known in found.items()}


def _show_releases(console: Console, publication: Publication) -> None:
    """How near the first release comes to the second once its time base is mended."""
    import numpy as np

    from ballo.dataset import comparison

    table = _table("First release mended, beside the second", "dance", "frames", "of the second", "RMSE cm")
    for name, mended, second in comparison.releases(publication):
        alike = mended.shape == second.shape
        apart = f"{np.sqrt(((mended - second) ** 2).sum(axis=-1).mean()):.2f}" if alike else "-"
        table.add_row(name, f"{len(mended):,}", f"{len(second):,}", apart)
    if table.row_count:
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table
