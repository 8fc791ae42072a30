"""Draw the pictures in docs/: the shipped model's dances to the demo song, one row a style, from the videos themselves; a sheet
of generated figures; and a moment of a dance by both renderers, which takes '.[gl]' and EGL (scripts/install_gl.sh).

python scripts/make_pictures.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image

from ballo import demo
from ballo.export import reel, sheet
from ballo.inference import bundle
from ballo.inference.choreographer import Choreographer
from ballo.music.audio import open_song

DOCS = Path(__file__).parents[1] / "docs"
SHEET, FIGURES, RENDERERS = DOCS / "dances.jpg", DOCS / "poses.jpg", DOCS / "renderers.jpg"
MOMENT_SECONDS = 8.16
FROM_SECONDS, EVERY_SECONDS, POSES = 8.0, 0.72, 7
CROP = (440, 60, 840, 700)


def main() -> None:
    """Write all."""
    dances()
    figures()
    renderers()


def renderers() -> None:
    """One moment by day and by night, as the plain renderer draws it and as gl does."""
    choreographer = Choreographer.load()
    song = open_song(demo.song(), duration_seconds=MOMENT_SECONDS + 1)
    motion = choreographer.dance(song, style="rumba", seed=1)
    left, top, right, bottom = CROP
    picture = Image.new("RGB", (4 * (right - left), bottom - top))
    looks = [reel.Look(theme=theme, renderer=renderer) for theme in ("light", "dark") for renderer in ("plain", "gl")]
    for place, look in enumerate(looks):
        drawing = next(islice(reel.of(motion, look).drawings, round(MOMENT_SECONDS * motion.fps), None))
        picture.paste(Image.fromarray(drawing().as_rgb()).crop(CROP), (place * (right - left), 0))
    picture.save(RENDERERS, quality=90)
    print(f"Wrote {RENDERERS} ({RENDERERS.stat().st_size / 1e3:.0f} KB)")


def figures() -> None:
    """Four figures of each style, as `ballo dance --poses 16` draws them."""
    choreographer = Choreographer.load(kind=bundle.POSES)
    styles = [style for style in choreographer.styles for _ in range(4)]
    made = {style: choreographer.poses(len(styles), style=style) for style in choreographer.styles}
    drawn = sheet.draw(choreographer.skeleton, np.stack([made[style][k] for k, style in enumerate(styles)]), styles)
    drawn.convert("RGB").save(FIGURES, quality=88)
    print(f"Wrote {FIGURES} ({FIGURES.stat().st_size / 1e3:.0f} KB)")


def dances() -> None:
    """The contact sheet."""
    choreographer = Choreographer.load()
    rows = [list(_poses(choreographer, style)) for style in choreographer.manifest.styles]
    width, height = rows[0][0].size
    picture = Image.new("RGB", (width * POSES, height * len(rows)))
    for y, row in enumerate(rows):
        for x, pose in enumerate(row):
            picture.paste(pose, (x * width, y * height))
    picture.save(SHEET, quality=88)
    print(f"Wrote {SHEET} ({SHEET.stat().st_size / 1e3:.0f} KB)")


def _poses(choreographer: Choreographer, style: str) -> Iterator[Image.Image]:
    """Frames of a dance, evenly spaced, cut out around the dancer."""
    song = open_song(demo.song(), start_seconds=FROM_SECONDS, duration_seconds=EVERY_SECONDS * POSES)
    motion = choreographer.dance(song, style=style, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        film = motion.save(Path(folder) / "dance.mp4", title=style)
        wanted = [round(k * EVERY_SECONDS * motion.fps) for k in range(POSES)]
        with av.open(str(film)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number in wanted:
                    picture = frame.to_image().crop(CROP)
                    yield picture.reduce(2)


if __name__ == "__main__":
    main()
