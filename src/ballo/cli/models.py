"""`ballo models`: the bundles at hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ballo.cli import console
from ballo.errors import BundleError

if TYPE_CHECKING:
    from ballo.inference.bundle import Manifest

_WIDTH, _INDENT = 79, 14
_KINDS = {
    "music": "music: ballo dance SONG",
    "sequences": "sequences, without music: ballo dance --duration 20",
    "poses": "poses: ballo dance --poses 16",
}
_WORDS = {
    "precision": ("from a figure to the nearest real one", "m"),
    "recall": ("from a real figure to the nearest of its own", "m"),
    "real": ("from a real figure to the nearest other real one", "m"),
    "spread_ratio": ("distance between its figures, over that between real ones", "x"),
    "speed_ratio": ("speed", "x"),
    "jerk_ratio": ("jerk", "x"),
    "freezes": ("stretches frozen", ""),
    "seed_change": ("another seed moves the joints", "m"),
    "real_spread": ("real dances lie apart", "m"),
}
"""What the figures of bundles that hear no music say, and whether they are metres or ratios."""

_HOW = (
    "on songs it never heard, against their real dances: ratios of speed and jerk, stretches frozen, how far another seed "
    "or another song moves the joints, and how far real dances lie apart"
)


def models() -> None:
    """List the models that ship with ballo: their styles, what they were trained on, and how well they dance."""
    from ballo.inference import bundle

    shipped = bundle.shipped()
    if not shipped:
        raise BundleError(bundle.NONE_SHIPPED)
    for path in shipped:
        manifest = bundle.read(path).manifest
        default = "  (default)" if path.stem == bundle.DEFAULTS[manifest.kind] else ""
        console.say(f"{path.stem}{default}  {path.stat().st_size / 1e6:.1f} MB")
        for what, text in described(manifest):
            head = f"  {what}".ljust(_INDENT)
            for line in textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * _INDENT):
                console.say(line)
        table = measured if manifest.kind == bundle.MUSIC else listed
        for line in table(manifest.figures) if manifest.figures else ():
            console.say(f"  {line}")


def described(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """What a bundle says of itself: pairs of what and text."""
    learnt = manifest.trained_on
    yield "kind", _KINDS[manifest.kind]
    yield "styles", f"{', '.join(manifest.styles)}; {manifest.fps:g} frames a second"
    if {"data", "songs", "minutes"} <= learnt.keys():
        yield "trained on", f"{learnt['data']}: {learnt['songs']} songs, {learnt['minutes']} minutes"
    if {"phase", "steps", "seed"} <= learnt.keys():
        yield "training", f"{learnt['steps']} steps of the {learnt['phase']} phase, seed {learnt['seed']}"
    how = _HOW if manifest.kind == "music" else "against dances it never learnt from, by the mean distance of joints"
    yield "measured", how if manifest.figures else "never"


def measured(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A bundle's figures as a table, a line a style: ratios to the real dances, freezes, and distances in centimetres."""
    yield f"{'':12}songs  seeds  speed  jerk  freezes  other seed  other song  real"
    for style, found in figures.items():
        ratios = f"{found['speed_ratio']:5.2f}  {found['jerk_ratio']:4.2f}"
        counts = f"{found['songs']:5.0f}  {found['seeds']:5.0f}"
        changes = "  ".join(_centimetres(found.get(change)) for change in ("seed_change", "song_change"))
        apart = _centimetres(found.get("real_spread")).strip()
        yield f"{style:12}{counts}  {ratios}  {found['freezes']:7.0f}  {changes}  {apart:>7}"


def listed(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """The figures of a bundle that hears no music, a line each, in words where they are known."""
    for found in figures.values():
        for name, value in found.items():
            words, kind = _WORDS.get(name, (name.replace("_", " "), ""))
            amount = {"m": f"{value * 100:.1f} cm", "x": f"{value:.2f} x", "": f"{value:.3g}"}[kind]
            yield f"{'':12}{words}: {amount}"


def _centimetres(metres: float | None) -> str:
    return "-".rjust(10) if metres is None else f"{metres * 100:7.1f} cm"
