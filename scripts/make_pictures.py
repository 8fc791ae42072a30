"""Draw the contact sheet in docs/: the shipped model's dances to the demo song, one row a style, from the videos themselves.

python scripts/make_pictures.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

from ballo import demo
from ballo.inference.choreographer import Choreographer
from ballo.music.audio import open_song

SHEET = Path(__file__).parents[1] / "docs" / "dances.jpg"
FROM_SECONDS, EVERY_SECONDS, POSES = 8.0, 0.72, 7
CROP = (440, 60, 840, 700)


def main() -> None:
    """Write the sheet."""
    choreographer = Choreographer.load()
    rows = [list(_poses(choreographer, style)) for style in choreographer.manifest.styles]
    width, height = rows[0][0].size
    sheet = Image.new("RGB", (width * POSES, height * len(rows)))
    for y, row in enumerate(rows):
        for x, pose in enumerate(row):
            sheet.paste(pose, (x * width, y * height))
    sheet.save(SHEET, quality=88)
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
