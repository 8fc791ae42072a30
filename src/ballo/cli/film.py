"""How a film is to look: the options that every command has that writes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ballo.cli import console
from ballo.errors import BalloError

FILM = ".mp4"
Size = Annotated[
    str | None,
    typer.Option("--size", metavar="SIZE", help="Of a .mp4: 720p, 1080p or vertical (for a phone); by default 720p."),
]
Camera = Annotated[
    str | None,
    typer.Option("--camera", metavar="CAMERA", help="Of a .mp4: follow, front (stands still) or orbit; by default follow."),
]
Theme = Annotated[str | None, typer.Option("--theme", metavar="THEME", help="Of a .mp4: light or dark; by default light.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Printed large into a .mp4, behind the dancer.")]
Beats = Annotated[bool, typer.Option("--beats", help="Show the song's beats in a .mp4, by rings on the floor.")]
Renderer = Annotated[
    str | None,
    typer.Option(
        "--renderer", metavar="RENDERER", help="Of a .mp4: plain, or gl for a nicer picture (ballo[gl]); by default plain."
    ),
]


@dataclass(frozen=True)
class Film:
    """What was wished of a film; None where it is left to its writer."""

    size: str | None = None
    camera: str | None = None
    theme: str | None = None
    title: str | None = None
    beats: bool = False
    renderer: str | None = None

    def options(self, path: Path) -> dict[str, Any]:
        """What the writer of a path is told, if it is a film."""
        return self._wished() if path.suffix.lower() == FILM else {}

    def _wished(self) -> dict[str, Any]:
        return {name: wish for name, wish in asdict(self).items() if wish}

    def check(self, files: Sequence[Path], *, sounds: bool = True) -> None:
        """Refuse, before any work, what no film looks like, a look where no film is written, and beats without a sound.

        Raises:
            BalloError: any of these.
        """
        wished = self._wished()
        if not wished:
            return
        from ballo.export.camera import check, screen_named
        from ballo.export.renderers import renderer_named
        from ballo.export.theme import theme_named

        if not any(path.suffix.lower() == FILM for path in files):
            raise BalloError(f"--{next(iter(wished))} is of a film: write a {FILM}, or leave it out")
        if self.beats and not sounds:
            raise BalloError("--beats shows the beats of a song, and there is none: leave it out")
        looks = (self.size, screen_named), (self.camera, check), (self.theme, theme_named), (self.renderer, renderer_named)
        for look, named in looks:
            if look is not None:
                named(look)
        if self.title is not None:
            _check_letters(self.title)


def _check_letters(title: str) -> None:
    """Say how a title is printed of which the font has not every sign; refuse one of which it has none (BalloError)."""
    from ballo.export.lettering import printable

    printed = printable(title)
    if not printed.strip():
        raise BalloError(f"--title {title}: a film's font has Latin letters only; spell it in those, or leave it out")
    if printed != title:
        console.say(f'Title: printed as "{printed}", because a film\'s font has no other signs')
