"""`ballo models`: the bundles at hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ballo.cli import console
from ballo.errors import BundleError

if TYPE_CHECKING:
    from ballo.inference.bundle import Manifest

_WIDTH, _INDENT = 79, 14


def models() -> None:
    """List the models that ship with ballo: their styles, what they were trained on, and how well they dance."""
    from ballo.inference import bundle

    shipped = bundle.shipped()
    if not shipped:
        raise BundleError(bundle.NONE_SHIPPED)
    for path in shipped:
        manifest = bundle.read(path).manifest
        default = "  (default)" if path.stem == bundle.DEFAULT else ""
        console.say(f"{path.stem}{default}  {path.stat().st_size / 1e6:.1f} MB")
        for what, text in described(manifest):
            head = f"  {what}".ljust(_INDENT)
            for line in textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * _INDENT):
                console.say(line)


def described(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """What a bundle says of itself: pairs of what and text."""
    learnt = manifest.trained_on
    yield "styles", f"{', '.join(manifest.styles)}; {manifest.fps:g} frames a second"
    if {"data", "songs", "minutes"} <= learnt.keys():
        yield "trained on", f"{learnt['data']}: {learnt['songs']} songs, {learnt['minutes']} minutes"
    if {"phase", "steps", "seed"} <= learnt.keys():
        yield "training", f"{learnt['steps']} steps of the {learnt['phase']} phase, seed {learnt['seed']}"
    yield "measured", _measured(manifest.figures) if manifest.figures else "never"


def _measured(figures: Mapping[str, Any]) -> str:
    seed, song, real = (figures[change] * 100 for change in ("seed_change", "song_change", "real_spread"))
    return (
        f"on {figures['songs']:.0f} songs it never heard, {figures['seeds']:.0f} seeds each: "
        f"{figures['speed_ratio']:.2f} x the speed and {figures['jerk_ratio']:.2f} x the jerk of the real dances; "
        f"another seed moves the joints by {seed:.1f} cm, another song by {song:.1f} cm; "
        f"real dances lie {real:.1f} cm apart"
    )
