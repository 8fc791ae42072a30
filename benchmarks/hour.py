"""An hour of music to arrays: the most memory the process holds, and its time.

ballo streams the music, so that only the dance grows with its length. The plain script decodes the hour whole and sends it
through the same graph in one call, holding everything between. Both write the same dance to .npz, and how far the two lie apart
is shown.
"""

from __future__ import annotations

from benchmarks import dance_npz, songs, timing
from benchmarks.table import Row, Settings, at_most

SECONDS, QUICK_SECONDS = 3600, 360
BIT_RATE = 96_000
TARGET_MEGABYTES = 600.0


def run(settings: Settings) -> list[Row]:
    length = QUICK_SECONDS if settings.quick else SECONDS
    work = f"{length // 60} min of mp3 to .npz"
    song = songs.make(settings.folder, length, BIT_RATE)
    ours, plain = settings.folder / "hour.npz", settings.folder / "hour_plain.npz"
    own = timing.run_process([timing.program(), "dance", song, "--style", dance_npz.first_style(), "-o", ours])
    other = timing.run_process([*timing.PYTHON, dance_npz.PLAIN, song, plain, "--at-once"])
    memory = Row(f"{work}, peak memory", remark="This system does not tell a process's peak memory.")
    if own.peak_megabytes and other.peak_megabytes:
        memory = Row(
            f"{work}, peak memory",
            "MB",
            own.peak_megabytes,
            other.peak_megabytes,
            other.peak_megabytes / own.peak_megabytes,
            None if settings.quick else at_most(TARGET_MEGABYTES, "MB", own.peak_megabytes),
            "Plain: all of the music decoded, held, and sent through the same graph in one call. Run once each. The two dances "
            f"differ by at most {dance_npz.apart(ours, plain)}.",
        )
    return [memory, Row(f"{work}, whole process", "s", own.seconds, other.seconds, other.seconds / own.seconds)]
