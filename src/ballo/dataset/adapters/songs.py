"""Which song goes with which dance: the one of its name, wherever in the source it lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ballo.dataset.recordings import sha256
from ballo.music.audio import AUDIO_SUFFIXES

DEEPEST = 4
"""How many folders down from the source a file may lie."""

_PREFERRED = (".wav", ".flac")  # what loses nothing, before all else


def files(source: Path, *suffixes: str) -> list[Path]:
    """All files under `source` of these suffixes (".bvh", in any case), sorted; hidden ones and theirs are left out."""
    return sorted(path for path in _walk(source) if path.suffix.lower() in suffixes)


def _walk(source: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(source):
        depth = len(Path(folder).relative_to(source).parts)
        folders[:] = [name for name in folders if not name.startswith(".") and depth < DEEPEST]
        yield from (Path(folder) / name for name in names if not name.startswith("."))


class Songs:
    """The audio files under a source, by name."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.paths = files(source, *AUDIO_SUFFIXES)
        self._named: dict[str, list[Path]] = {}
        self._sha256: dict[Path, str] = {}
        for path in self.paths:
            self._named.setdefault(path.stem.lower(), []).append(path)

    def named(self, stem: str, near: Path | None = None) -> Path | None:
        """The song called `stem`, or None: from the folder `near` first, a lossless file first."""

        def rank(path: Path) -> tuple[bool, bool, Path]:
            return path.parent != near, path.suffix.lower() not in _PREFERRED, path

        return min(self._named.get(stem.lower(), []), key=rank, default=None)

    def hashes(self, *paths: Path | None) -> dict[str, str]:
        """The SHA-256 of each file by its path relative to the source; a file that many dances share is read once."""
        for path in paths:
            if path is not None and path not in self._sha256:
                self._sha256[path] = sha256(path)
        return {path.relative_to(self.source).as_posix(): self._sha256[path] for path in paths if path is not None}
