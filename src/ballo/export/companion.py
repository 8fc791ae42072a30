"""The song that goes with a file whose format carries no sound: a file beside it."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ballo.errors import ExportError
from ballo.motion import formats


def beside(path: Path, song: Path | None, start_seconds: float) -> dict[str, Any]:
    """See to it that a song lies in `path`'s folder under its own name; what to say of it in the file: its `uri`, in which
    signs that mean something in addresses (#, ?, %) are spelt out, and where in it the dance starts.

    Raises:
        ExportError: the song cannot be read, or another file has its name there.
    """
    if song is None:
        return {}
    song, place = Path(song), path.parent / Path(song).name
    if not song.is_file():
        raise ExportError(f"cannot read {song}: there is no such file")
    if not (place.exists() and place.samefile(song)):
        if place.exists() and not (place.is_file() and filecmp.cmp(song, place, shallow=False)):
            raise ExportError(f"cannot put {song.name} beside {path.parent / 'the dance'}: another file has that name there")
        if not place.exists():
            with formats.whole(place) as unfinished:
                shutil.copyfile(song, unfinished)
    return {"song": {"uri": quote(os.fsencode(song.name)), "start_seconds": float(start_seconds)}}
