"""How fast everybody moves over a few bars of a song, with the music's beats and when steps come down."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ballo.evaluation.danced import Danced
from ballo.evaluation.page.choices import Look, called, choice
from ballo.metrics import physics
from ballo.metrics.alignment import motion_beats
from ballo.motion.steps import steps
from ballo.report.page.markup import Markup, element, join
from ballo.report.page.strips import clock
from ballo.report.page.svg import Scale, drawing, polyline, text, titled

SECONDS = 12.0
_BY = ("in_time", "to_music_gain")
"""Songs are chosen by the first of these that there is."""

_WIDTH, _LEFT, _RIGHT, _TOP, _PANEL = 1132.0, 112.0, 1126.0, 20.0, 62.0

_LONGEST = 14  # characters of a name


def beats(look: Look) -> Markup | None:
    """A song a style, or of one style the best, the median and the worst in time; None where no song has beats."""
    panels = [(name, _song(look, song)) for name, song in _chosen(look)]
    return join(_legend(), choice(*panels, colours=look.colours)) if panels else None


def _legend() -> Markup:
    marks = [
        ("key k-bar tall", "a bar begins"),
        ("key k-bar", "a beat"),
        ("key round step", "a step comes down"),
        ("key ring", "the body is slowest: a motion beat"),
    ]
    return element("ul", *(element("li", element("i", class_=c), element("span", said)) for c, said in marks), class_="legend")


def _chosen(look: Look) -> list[tuple[str, str]]:
    """Names of songs, with what they are chosen as."""
    known = [song.staged.name for song in _real(look) if song.staged.beats is not None and len(song.staged.real) > 2]
    ranked = sorted(known, key=lambda song: -_in_time(look, song))
    by_style = {style: [song for song in ranked if look.found.songs[song] == style] for style in look.styles}
    by_style = {style: songs for style, songs in by_style.items() if songs}
    if len(by_style) > 1:
        return [(style, songs[len(songs) // 2]) for style, songs in by_style.items()]
    if len(ranked) > 2:
        return [("best in time", ranked[0]), ("median", ranked[len(ranked) // 2]), ("worst", ranked[-1])]
    return [(song, song) for song in ranked]


def _real(look: Look) -> Sequence[Danced]:
    return look.real.danced if look.real is not None else ()


def _in_time(look: Look, song: str) -> float:
    """How well those who were named are in time in a song."""
    rows = look.targets or look.dancers
    for name in _BY:
        values = [row.by_song.get(song, {}).get(name, math.nan) for row in rows]
        known = [value for value in values if math.isfinite(value)]
        if known:
            return float(np.mean(known))
    return 0.0


def _song(look: Look, name: str) -> Markup:
    real = next(song for song in _real(look) if song.staged.name == name)
    start, end = _window(real)
    danced = [(called(row), song) for row in look.dancers for song in row.danced if song.staged.name == name and song.by_seed]
    curves = [_curve(song, start, end) for _, song in danced]
    top = max(0.1, 1.05 * max(float(np.quantile(speed, 0.995)) if len(speed) else 0.0 for _, speed in curves))
    x = Scale(start, end, _LEFT, _RIGHT)
    bottom = _TOP + _PANEL * len(danced)
    panels = [
        _panel(who, song, curve, x, top, _TOP + _PANEL * k)
        for k, ((who, song), curve) in enumerate(zip(danced, curves, strict=True))
    ]
    marks = _music(real, x, start, end, bottom)
    seconds = [text(x(at), bottom + 16, clock(at), "tick", "middle") for at in range(math.ceil(start), math.floor(end) + 1, 2)]
    style = real.staged.style
    picture = drawing(
        _WIDTH, bottom + 22, marks, *panels, *seconds, label=f"Speed against beats in {name}", class_="wide beats"
    )
    said = (
        element("b", name),
        f", {style}, {clock(start)} to {clock(end)}, the first seed. Heights: mean speed of joints, up to {top:.1f} m/s.",
    )
    box = element("div", picture, class_=f"scroll {look.colours[style]}", tabindex="0", role="region", aria_label="curves")
    return element("figure", box, element("figcaption", *said))


def _window(real: Danced) -> tuple[float, float]:
    """Where to look: from a bar's begin on, nearest to the middle, where the real dance is usable throughout."""
    staged = real.staged
    length = len(staged.real) / staged.fps
    if length <= SECONDS:
        return 0.0, length
    opens = staged.downbeats if len(staged.downbeats) else staged.beats
    candidates = [float(at) for at in (opens if opens is not None else ()) if 0 <= at <= length - SECONDS] or [0.0]
    frames = round(SECONDS * staged.fps)

    def worth(at: float) -> tuple[float, float]:
        first = round(at * staged.fps)
        return -float(staged.usable[first : first + frames].mean()), abs(at + SECONDS / 2 - length / 2)

    start = min(candidates, key=worth)
    return start, start + SECONDS


def _curve(song: Danced, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and mean joint speeds of the first seed's dance from one moment to another."""
    fps, dance = song.staged.fps, song.by_seed[0]
    first, last = max(0, math.floor(start * fps)), min(len(dance), math.ceil(end * fps) + 1)
    part = dance[first:last]
    if len(part) < 2:
        return np.zeros(0), np.zeros(0)
    return (first + 0.5 + np.arange(len(part) - 1)) / fps, physics.joint_speed(part, fps).mean(axis=1)


def _music(real: Danced, x: Scale, start: float, end: float, bottom: float) -> Markup:
    """Beats across all panels, those that open bars heavier."""
    staged = real.staged
    assert staged.beats is not None
    opens = set(staged.downbeats.tolist())
    inside = [float(at) for at in staged.beats if start <= at <= end]
    bars = "".join(f"M{x(at):.1f} {_TOP - 10:g}V{bottom:g}" for at in inside if at in opens)
    others = "".join(f"M{x(at):.1f} {_TOP:g}V{bottom:g}" for at in inside if at not in opens)
    return join(element("path", d=others, class_="beat"), element("path", d=bars, class_="bar"))


def _panel(who: str, song: Danced, curve: tuple[np.ndarray, np.ndarray], x: Scale, top: float, place: float) -> Markup:
    y = Scale(0, top, place + _PANEL - 8, place + 6)
    seconds, speeds = curve
    name = who if len(who) <= _LONGEST else f"{who[: _LONGEST - 1]}…"
    parts = [
        element("text", titled(who) if name != who else None, name, x=_LEFT - 12, y=y(0), class_="name", text_anchor="end"),
        polyline([(_LEFT, y(0)), (_RIGHT, y(0))], "grid"),
    ]
    if len(speeds):
        points = list(zip(map(x, seconds.tolist()), map(y, speeds.tolist()), strict=True))
        path = "L".join(f"{across:.1f} {up:.1f}" for across, up in points)
        # It begins and ends on the floor, so that one line is both a curve and what is under it.
        parts.append(element("path", d=f"M{points[0][0]:.1f} {y(0):.1f}L{path}V{y(0):.1f}", class_="curve"))
        fps, dance = song.staged.fps, song.by_seed[0]
        slowest = [at for at in motion_beats(dance, fps) if seconds[0] <= at <= seconds[-1]]
        landed = [at for at in steps(song.staged.skeleton, dance, fps) if seconds[0] <= at <= seconds[-1]]
        parts += [_mark(x(at), y(float(np.interp(at, seconds, speeds))), 2.6, "slowest") for at in slowest]
        parts += [_mark(x(at), y(0), 3.0, "step") for at in landed]
    return join(*parts)


def _mark(x: float, y: float, radius: float, class_: str) -> Markup:
    return element("circle", cx=float(x), cy=float(y), r=radius, class_=class_)
