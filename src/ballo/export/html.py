"""A motion as one page (.html) to send to a friend: it opens from a file by double click, offline, with the song's sound.

The page is viewer/template.html beside this file, which the checkout's viewer/ builds (three.js and ours, in TypeScript).
The dances and the sound are put into it.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ballo.errors import AudioError, ExportError
from ballo.export import embedded, packing
from ballo.export.character import Character, danced, in_nodes
from ballo.export.character.file import taken
from ballo.export.theme import OTHERS, THEMES, Colour
from ballo.motion.motion import Motion
from ballo.motion.skeleton import Skeleton

FORMAT = 2
MOST_BESIDE = 4
"""Dancers on a page."""
NOTEBOOK_PIXELS = 540
_DANCE, _TITLE = "<!--dance-->", "<title>A dance</title>"


def write(
    motion: Motion,
    path: Path,
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    title: str | None = None,
    beside: Sequence[Motion] = (),
    labels: Sequence[str] = (),
    character: Character | str | Path | None = None,
) -> None:
    """Write a page that shows `motion` to `path`.

    Args:
        motion: what is danced; its `meta["style"]` and `meta["seed"]` are printed.
        path: the .html.
        song: whose sound the page holds, from `start_seconds` for as long as the longest motion lasts or the song does.
        start_seconds: where in the song the motions start.
        title: the page's; by default the song's name.
        beside: up to three more dances of the same song, shown beside the first or on one floor with it.
        labels: a name for each dance.
        character: a humanoid of the user's own (.glb, .vrm) who dances all of them in the place of ours.

    Raises:
        ExportError: a motion has no frames, there are too many, the sound cannot be encoded, or there is no such character
            or one that a page cannot show.
        AudioError: the song cannot be read, or has no sound after the start.
    """
    motions = [motion, *beside]
    song = None if song is None else Path(song)
    title = title or (song.stem if song else "A dance")
    who = None if character is None else taken(character)
    text = page(motions, song=song, start_seconds=start_seconds, title=title, labels=labels, character=who)
    path.write_text(text, encoding="utf-8", errors="replace")


def page(
    motions: Sequence[Motion],
    *,
    song: Path | None = None,
    start_seconds: float = 0.0,
    title: str = "A dance",
    labels: Sequence[str] = (),
    character: Character | None = None,
) -> str:
    """The page's text; see `write`."""
    if not 1 <= len(motions) <= MOST_BESIDE:
        raise ExportError(f"1 to {MOST_BESIDE} dances go on a page, not {len(motions)}")
    if labels and len(labels) != len(motions):
        raise ExportError(f"{len(labels)} labels for {len(motions)} dances: give one for each, or none")
    seconds = max(motion.seconds for motion in motions)
    shown = [_Shown.of(motion, character) for motion in motions]
    skeletons = list(dict.fromkeys(one.skeleton for one in shown))
    bodies = [_body(skeleton, character) for skeleton in skeletons]
    told = {
        "format": FORMAT,
        "title": title,
        "subtitle": _subtitle(motions),
        "seconds": round(seconds, 6),
        "looks": _looks(),
        "bodies": bodies,
        "dances": [
            {"label": label, "about": _about(motion), "body": skeletons.index(one.skeleton)} | _dance(motion, one)
            for motion, one, label in zip(motions, shown, labels or _labels(motions), strict=True)
        ],
    }
    heard, sound = _heard(song, start_seconds, seconds)
    return _filled(told | heard, sound, title)


def notebook(motion: Motion) -> str | None:
    """The page in a frame, as a notebook shows a motion; None if there is nothing to show."""
    if not len(motion):
        return None
    inner = html.escape(page([motion], title=str(motion.meta.get("style") or "A dance")))
    style = f"width: 100%; height: {NOTEBOOK_PIXELS}px; border: 0; border-radius: 12px"
    return f'<iframe srcdoc="{inner}" style="{style}" allow="autoplay; fullscreen"></iframe>'


@cache
def template() -> str:
    """The page without dances."""
    return (resources.files("ballo.export") / "viewer" / "template.html").read_text(encoding="utf-8")


def _filled(told: dict[str, Any], sound: bytes | None, title: str) -> str:
    # No "<" in a script's text can end it.
    data = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = [f'<script type="application/json" id="dance">{data}</script>']
    if sound is not None:
        parts.append(f'<script type="text/plain" id="sound">{base64.b64encode(sound).decode("ascii")}</script>')
    before, _, after = template().partition(_DANCE)
    return before.replace(_TITLE, f"<title>{html.escape(title)}</title>") + "\n    ".join(parts) + after


def _heard(song: Path | None, start_seconds: float, seconds: float) -> tuple[dict[str, Any], bytes | None]:
    """What is told of the song, and its sound."""
    if song is None:
        return {"sound": None, "beats": [], "bars": [], "loudness": ""}, None
    from ballo.export import soundtrack

    track = soundtrack.of(song, start_seconds, seconds)
    beats, bars = _beats(song, start_seconds, seconds)
    # How loud it is is shown over the whole of the page's time, the sound's end being where it is.
    silent = np.zeros(round(len(track.loudness) * max(0.0, seconds / track.seconds - 1)), dtype=np.uint8)
    loudness = base64.b64encode(np.concatenate([track.loudness, silent]).tobytes()).decode("ascii")
    told = {"type": soundtrack.TYPE, "seconds": round(track.seconds, 6)}
    return {"sound": told, "beats": beats, "bars": bars, "loudness": loudness}, track.mp3


def _beats(song: Path, start_seconds: float, seconds: float) -> tuple[list[float], list[float]]:
    """When beats sound and which of them begin a bar; none where none are heard."""
    from ballo.music import beats

    try:
        found = beats.track(song, start_seconds=start_seconds, duration_seconds=seconds)
    except AudioError:
        return [], []
    return np.round(found.times, 4).tolist(), np.round(found.downbeats, 4).tolist()


def _looks() -> dict[str, Any]:
    """The film's colours by day and by night: the room's, and each dancer's by kind of part."""
    return {
        name: {
            "haze": _hex(theme.haze),
            "sky": _hex(theme.sky_top),
            "floor": _hex(theme.floor_near),
            "pool": _hex(theme.pool),
            "dancers": [[_hex(colour) for _, colour in sorted(bodies)] for bodies in (theme.bodies, *OTHERS)],
        }
        for name, theme in THEMES.items()
    }


def _hex(colour: Colour) -> str:
    return "#" + bytes(colour).hex()


@dataclass(frozen=True, eq=False)
class _Shown:
    """A dance as the nodes of a body do it: its skeleton, turns (T, J, 4) wxyz, root (T, 3), and what that is in, in metres."""

    skeleton: Skeleton
    turns: np.ndarray
    root: np.ndarray
    metres: float

    @classmethod
    def of(cls, motion: Motion, character: Character | None) -> _Shown:
        if character is None:
            return cls(motion.skeleton, motion.rotations, motion.root, 1.0)
        own = danced(motion, character)
        performance = in_nodes(own, character)
        metres = float(np.cbrt(abs(np.linalg.det(character.above[:3, :3]))))
        return cls(own.skeleton, performance.rotations, performance.root, metres)


def _body(skeleton: Skeleton, character: Character | None) -> dict[str, Any]:
    """A skeleton, the .glb of its body, and which nodes of that are its joints."""
    return {
        "joints": list(skeleton.joint_names),
        "parents": list(skeleton.parents),
        "nodes": list(range(len(skeleton)) if character is None else character.nodes),
        "glb": embedded.dancer(skeleton) if character is None else embedded.humanoid(character),
    }


def _dance(motion: Motion, shown: _Shown) -> dict[str, Any]:
    packed = packing.pack(shown.turns, shown.root, shown.metres)
    return {
        "fps": motion.fps,
        "frames": len(motion),
        "turn_step": packed.turn_step,
        "metre_step": packed.metre_step,
        "motion": packed.text,
        "feet": [foot[0] for foot in shown.skeleton.feet],
        "standing": [_toggles(standing) for standing in motion.contacts.T],
    }


def _toggles(standing: np.ndarray) -> list[int]:
    """The frames at which a foot (T,) comes down and leaves by turns, beginning with coming down."""
    changes = np.diff(standing.astype(np.int8), prepend=0)
    return [int(frame) for frame in np.flatnonzero(changes)]


def _about(motion: Motion) -> str:
    style, seed = motion.meta.get("style"), motion.meta.get("seed")
    return ", ".join([*([str(style)] if style else []), *([f"seed {seed}"] if seed is not None else [])])


def _subtitle(motions: Sequence[Motion]) -> str:
    return _about(motions[0]) if len(motions) == 1 else f"{len(motions)} dances to one song"


def _labels(motions: Sequence[Motion]) -> list[str]:
    return ["ABCD"[number] for number in range(len(motions))]
