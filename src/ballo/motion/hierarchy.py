"""The first part of a .bvh: who hangs from whom, how far, and which channels turn and move them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ballo.motion import bone_names

CHANNELS = {f"{axis}{kind}" for axis in "xyz" for kind in ("position", "rotation")}

MOST_NODES = 2000
"""In a file; motion capture with every finger has 80."""

_LONGEST = 200  # of a message, in which a file's own words may be


@dataclass(frozen=True)
class Node:
    """A joint, or where a chain ends.

    Args:
        name: as in the file; an End Site is called after its joint, "Head end".
        parent: its parent's number, -1 for the root.
        offset: (3,) from its parent at rest, in the file's unit.
        channels: "zrotation", "xposition" ... in the file's order, in small letters; none for an End Site.
        end: whether it is an End Site.
    """

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...] = ()
    end: bool = False


class Fault(Exception):
    """What is wrong, and in which line (counted from 1)."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what if len(what) <= _LONGEST else f'{what[:_LONGEST]}…'}")


class Hierarchy:
    """Reads the part before MOTION, a keyword at a time.

    Attributes:
        nodes: joints and End Sites in the file's order, which is that of its columns.

    Raises:
        Fault: a line says anything else.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.nodes: tuple[Node, ...] = ()
        self._nodes: list[Node] = []
        self._open: list[int] = []
        self._named: Node | None = None
        self._line = 0
        self._placed: set[int] = set()
        statements = (
            (number, statement.strip())
            for number, line in enumerate(lines, start=1)
            for statement in re.split(r"([{}])", line)
            if statement.strip()
        )
        if next(statements, (1, ""))[1].upper() != "HIERARCHY":
            raise Fault(1, "no .bvh: it does not begin with HIERARCHY")
        for self._line, statement in statements:
            self._take(statement)
        if self._open or self._named or not self._nodes:
            what = f"{self._nodes[self._open[-1]].name} is not closed by }}" if self._open else "there is no ROOT"
            raise Fault(max(len(lines), 1), f"the hierarchy breaks off: {what}")
        self.nodes = tuple(self._nodes)

    def _take(self, statement: str) -> None:
        keyword, _, rest = re.sub(r"\s+", " ", statement).partition(" ")
        match keyword.upper():
            case "ROOT" | "JOINT" | "END":
                self._name(keyword.upper(), rest)
            case "{":
                self._enter()
            case "}":
                self._leave()
            case "OFFSET":
                self._offset(rest.split())
            case "CHANNELS":
                self._channels(rest.lower().split())
            case _:
                self._refuse(f"{shortened(statement)} is neither ROOT, JOINT, End Site, OFFSET, CHANNELS nor a brace")

    def _name(self, keyword: str, name: str) -> None:
        if self._named:
            self._refuse(f"{self._named.name} has no {{")
        if keyword == "ROOT" and self._nodes:
            self._refuse("a second ROOT; put each dancer in a file of her own")
        if keyword != "ROOT" and not self._open:
            self._refuse(f"{shortened(name)} is outside the ROOT")
        if keyword != "END" and not name:
            self._refuse("a joint without a name")
        parent = self._open[-1] if self._open else -1
        end = keyword == "END"
        self._named = Node(f"{self._nodes[parent].name} end" if end else name, parent, (0.0, 0.0, 0.0), (), end)

    def _enter(self) -> None:
        if not self._named:
            self._refuse("a { that belongs to no joint")
        else:
            if len(self._nodes) >= MOST_NODES:
                self._refuse(f"more than {MOST_NODES} joints and End Sites")
            self._open.append(len(self._nodes))
            self._nodes.append(self._named)
            self._named = None

    def _leave(self) -> None:
        if not self._open or self._named:
            self._refuse("a } too many")
        closed = self._open.pop()
        if closed not in self._placed:
            self._refuse(f"{self._nodes[closed].name} has no OFFSET")

    def _offset(self, words: list[str]) -> None:
        if not self._open or len(words) != 3 or not all(map(is_finite, words)):
            self._refuse("an OFFSET is three finite numbers of a joint")
        x, y, z = map(float, words)
        here = self._open[-1]
        self._nodes[here] = replace(self._nodes[here], offset=(x, y, z))
        self._placed.add(here)

    def _channels(self, words: list[str]) -> None:
        if not self._open or not words or not words[0].isdecimal() or len(words[0]) > 1 or int(words[0]) != len(words) - 1:
            self._refuse("CHANNELS needs how many there are, and as many names")
        strange = [word for word in words[1:] if word not in CHANNELS]
        if strange or len(set(words[1:])) < len(words) - 1:
            self._refuse(
                f"{strange[0] if strange else 'a channel named twice'} is no channel; Xposition and Zrotation are such"
            )
        here = self._open[-1]
        self._nodes[here] = replace(self._nodes[here], channels=tuple(words[1:]))

    def _refuse(self, what: str) -> None:
        raise Fault(self._line, what)


def is_finite(word: str) -> bool:
    """Whether a word is a number that is finite."""
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def shortened(text: str) -> str:
    """A file's own words, quoted, for a message."""
    text = text.strip()
    return repr(text if len(text) <= 30 else f"{text[:29]}…")


def own_names(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """A dancer whom ballo has written under another program's names gets her own back."""
    joints = [number for number, node in enumerate(nodes) if not node.end]
    parents = [joints.index(nodes[number].parent) if nodes[number].parent >= 0 else -1 for number in joints]
    own = bone_names.of_dancer([nodes[number].name for number in joints], parents)
    if own is None:
        return nodes
    names = dict(zip(joints, own, strict=True))
    return tuple(
        replace(node, name=f"{names[node.parent]} end" if node.end else names[number]) for number, node in enumerate(nodes)
    )
