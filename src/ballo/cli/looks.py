"""What was wished of the files that are written: what each one's writer is told, and what none of them has a use for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from ballo.errors import BalloError, ExportError

Units = Annotated[str | None, typer.Option("--units", metavar="UNIT", help="Of a .bvh that is written: cm (the default) or m.")]
Names = Annotated[
    str | None,
    typer.Option(
        "--names", metavar="NAMES", help="Of bones in a .glb, .usdz, .fbx or .bvh: mixamo, unreal or ballo; by default mixamo."
    ),
]
InUnits = Annotated[
    str | None,
    typer.Option(
        "--in-units",
        metavar="UNIT",
        help="Of a .bvh that is read: cm, m, mm, inch or cmu; by default what makes a person of it.",
    ),
]
Up = Annotated[
    str | None,
    typer.Option("--up", metavar="AXIS", help="What points up in a .bvh that is read, y or z; by default as heads say."),
]


class Look(Protocol):
    """Options of a command that go together, as those of a film do."""

    def options(self, path: Path) -> dict[str, Any]:
        """What the writer of a path is told; nothing where it has no use for it."""
        ...

    def check(self, files: Sequence[Path], *, sounds: bool = True) -> None:
        """Refuse, before any work, what was wished though none of the files has a use for it, what cannot be had, and what is
        of a sound where `sounds` says that there is none (BalloError)."""
        ...


def options(looks: Iterable[Look], path: Path) -> dict[str, Any]:
    """What the writer of a path is told by all of them."""
    return {name: value for look in looks for name, value in look.options(path).items()}


def check(looks: Iterable[Look], files: Sequence[Path], *, sounds: bool = True) -> None:
    """Refuse, before any work, what one of them refuses (BalloError)."""
    for look in looks:
        look.check(files, sounds=sounds)


@dataclass(frozen=True)
class Setting:
    """One option of writers, for every format that has it.

    Args:
        flag: what it is called on the command line.
        name: what writers call it.
        value: what was wished; None if nothing.
        allowed: refuses what cannot be had (BalloError).
    """

    flag: str
    name: str
    value: Any
    allowed: Callable[[Any], object] | None = None

    def options(self, path: Path) -> dict[str, Any]:
        """The value, where the format has the option."""
        from ballo.motion import formats

        return {self.name: self.value} if self.value is not None and self.name in formats.options(path) else {}

    def check(self, files: Sequence[Path], *, sounds: bool = True) -> None:
        """Refuse it where none of the files has such an option, or not this value."""
        if self.value is None:
            return
        check_used(self.flag, self.name, files)
        if self.allowed is not None:
            self.allowed(self.value)


@dataclass(frozen=True)
class Sound:
    """The song that is danced to, and where in it the motion starts; no song for None."""

    song: Path | None = None
    start_seconds: float = 0.0

    def options(self, path: Path) -> dict[str, Any]:
        """Both, where the format has a use for a song."""
        from ballo.motion import formats

        if self.song is None or "song" not in formats.options(path):
            return {}
        return {"song": self.song, "start_seconds": self.start_seconds}

    def check(self, files: Sequence[Path], *, sounds: bool = True) -> None:
        """Refuse a start without a song, a song that cannot be heard, that none of the files has, or that would be written
        over."""
        from ballo.music.audio import check_stretch, open_song

        check_stretch(self.start_seconds, None)
        if self.song is None:
            if self.start_seconds:
                raise BalloError("--start is a place in a song: name one with --song")
            return
        check_used("--song", "song", files)
        open_song(self.song, start_seconds=self.start_seconds)
        for path in files:
            if path.exists() and path.samefile(self.song):
                raise ExportError(f"cannot write {path}: it is the song; name another file")


def check_used(flag: str, name: str, files: Sequence[Path]) -> None:
    """Refuse an option that none of the files' formats has (BalloError)."""
    from ballo.motion import formats

    if any(name in formats.options(path) for path in files):
        return
    useful = " or ".join(suffix for suffix in formats.suffixes() if name in formats.options(Path(f"a{suffix}")))
    written = ", ".join(sorted({path.suffix.lower() for path in files}))
    raise BalloError(f"{flag} has no meaning {f'for {written}' if files else 'here'}: leave it out, or write a {useful}")


def reading(in_units: str | None, up: str | None) -> dict[str, Any]:
    """What was wished of readers, by the names that they have for it."""
    return {name: value for name, value in (("units", in_units), ("up", up)) if value is not None}


def check_reading(options: dict[str, Any], sources: Sequence[Path]) -> None:
    """Refuse an option of readers that none of the sources has a use for (BalloError)."""
    from ballo.motion import formats

    known = {option for path in sources for option in formats.read_options(path)}
    for name in options:
        if name not in known:
            flag = {"units": "--in-units"}.get(name, f"--{name}")
            raise BalloError(f"{flag} has no meaning for {sources[0].suffix} files: leave it out")


def units(value: str | None) -> Setting:
    """`--units`."""

    def allowed(unit: str) -> None:
        from ballo.export.bvh import UNITS

        if unit not in UNITS:
            raise BalloError(f"a .bvh is written in {' or '.join(UNITS)}, not in {unit!r}")

    return Setting("--units", "units", value, allowed)


def names(value: str | None) -> Setting:
    """`--names`."""

    def allowed(style: str) -> None:
        from ballo.export.humanoid import bone_names
        from ballo.motion.skeleton import DANCER

        bone_names(DANCER, style)

    return Setting("--names", "names", value, allowed)


def poses(value: int | None) -> Setting:
    """`--poses` of a strip."""

    def allowed(number: int) -> None:
        from ballo.export.sheet import MOST

        if not 1 <= number <= MOST:
            raise BalloError(f"a strip holds 1 to {MOST} poses, not {number}")

    return Setting("--poses", "poses", value, allowed)
