"""Who dances in the files that are written: a humanoid of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ballo.cli.looks import check_used
from ballo.errors import BalloError

if TYPE_CHECKING:
    from ballo.export.character import Character

Option = Annotated[
    Path | None,
    typer.Option(
        "--character", metavar="FILE", help="A humanoid of your own, .glb or .vrm, who dances in a .glb, .fbx or .html."
    ),
]
NUMBERS = (".npz", ".json", ".csv", ".vrma")
"""Files of the dance as it is, whoever dances it in those beside them."""


@dataclass(frozen=True)
class Who:
    """The user's humanoid; ballo's own dancer for None. `names` is what was wished of bones' names, which a humanoid has."""

    path: Path | None = None
    names: str | None = None

    def options(self, path: Path) -> dict[str, Any]:
        """The humanoid, opened once for all, where the format can have one."""
        from ballo.motion import formats

        return {"character": self._opened} if self.path is not None and "character" in formats.options(path) else {}

    def check(self, files: Sequence[Path], *, sounds: bool = True) -> None:
        """Refuse, before any work, a humanoid that cannot be driven, and files that would show somebody else."""
        from ballo.motion import formats

        if self.path is None:
            return
        check_used("--character", "character", files)
        if self.names is not None:
            raise BalloError("a character's bones keep their own names: leave out --names, or --character")
        for path in files:
            if "character" not in formats.options(path) and path.suffix.lower() not in NUMBERS:
                raise BalloError(f"{path.name} would show ballo's dancer: write it without --character, or write a .glb")
            if path.exists() and self.path.exists() and path.samefile(self.path):
                raise BalloError(f"cannot write {path}: it is the character; name another file")
        _ = self._opened

    @cached_property
    def _opened(self) -> Character:
        from ballo.export.character import opened

        assert self.path is not None
        return opened(self.path)
