"""An evaluation of dances of whom all is known, and a reader of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
import pytest

from ballo.dataset.archive import Archive
from ballo.evaluation.controls import FROZEN, KEY_POSES, NOISE
from ballo.evaluation.danced import Context, Danced
from ballo.evaluation.evaluation import Evaluation, Options
from ballo.evaluation.longform import LongForm
from ballo.evaluation.measures import MEASURES, style
from ballo.evaluation.minutes import Minute
from ballo.evaluation.row import Row, cut, row
from ballo.evaluation.songs import Staged

VOID = {"meta", "br", "hr"}
NAMES = ("speed_ratio", "jerk", "skate", "foot_contact_edge", "distance", "seed_change", "in_time", "in_time_p")


@dataclass
class Element:
    """An element with what is in it."""

    name: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words in it, as a reader sees them."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split())

    @property
    def class_(self) -> set[str]:
        return set((self.attributes.get("class") or "").split())

    def all(self, name: str, class_: str = "") -> list[Element]:
        """Every element of a name in it, and of a class."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.name == name and (not class_ or class_ in child.class_):
                    found.append(child)
                found += child.all(name, class_)
        return found


class _Reader(HTMLParser):
    """Fails on what is not closed as it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("page", {})]

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        found = Element(tag, dict(attrs))
        self.open[-1].children.append(found)
        if tag not in VOID:
            self.open.append(found)

    def handle_endtag(self, tag):
        assert self.open.pop().name == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


@pytest.fixture(scope="session")
def read() -> Callable[[str], Element]:
    """A page as a tree."""

    def tree(written: str) -> Element:
        reader = _Reader()
        reader.feed(written)
        reader.close()
        assert len(reader.open) == 1
        return reader.open[0]

    return tree


class Guess:
    """A classifier that takes every clip for a waltz but for those of a dancer who stands still."""

    classes = ("cha-cha", "waltz")
    seconds, fps = 4.8, 25.0

    def probabilities(self, clips, fps, joint_names=None):
        moves = clips.std(axis=1).mean(axis=(1, 2)) > 1e-6
        return np.stack([np.where(moves, 0.1, 0.9), np.where(moves, 0.9, 0.1)], axis=1)


def minute(**known: float) -> Minute:
    """A minute with some numbers, and no others."""
    return Minute(**{name: known.get(name, float("nan")) for name in Minute.__annotations__})


@pytest.fixture
def context(staged, small_archive) -> Context:
    """Two waltzes and a cha-cha, on an archive that is their own in name alone."""
    songs = [
        staged("one", "waltz", 0.0, positions=np.arange(20) % 3, metre=3),
        staged("two", "waltz", 300.0, positions=np.arange(20) % 3, metre=3),
        staged("three", "cha-cha", 700.0, positions=np.arange(20) % 4, metre=4),
    ]
    return made(small_archive, songs)


def made(archive: Archive, songs: list[Staged]) -> Context:
    context = Context(archive, "val", tuple(songs))
    style.choose(context, Guess())
    return context


@pytest.fixture
def evaluation(context) -> Callable[..., Evaluation]:
    """Real dances, three controls, and dancers who hover over the real dances by so many metres a seed."""

    def make(names: tuple[str, ...] = NAMES, context: Context = context, long: bool = True, **hover: float) -> Evaluation:
        measures = tuple(each for each in MEASURES if each.name in names)
        assert len(measures) == len(names)
        real = [context.real(song) for song in context.songs]
        halves = {"seen": [cut(song, 0, 100) for song in real]}
        rows = [row("real", real, {}, measures, kind="real", parts=halves)]
        rows += [_control(each, context, measures) for each in (FROZEN, NOISE, KEY_POSES)]
        for name, metres in (hover or {"ada": 0.1, "bob": 0.03}).items():
            rows.append(_hovering(name, metres, context, measures))
        long_real = {"waltz": minute(speed=0.9, skate=1.5)}
        voices = {
            name: LongForm(
                name=name, songs={"waltz": "one"}, minutes={"waltz": _minutes()}, real=long_real, left_out={"tango": "no beat"}
            )
            for name in hover or ["ada"]
        }
        styles = {song.name: song.style for song in context.songs}
        options = Options(2, measures, long_seconds=180.0)
        return Evaluation("some/archive", "ab" * 32, "val", options, styles, tuple(rows), voices if long else {})

    return make


def _minutes() -> tuple[Minute, ...]:
    return tuple(minute(speed=0.8 - 0.1 * k, skate=2.0 + k, repeated=10.0) for k in range(3))


def _control(control, context: Context, measures) -> Row:
    spoil = {
        FROZEN: lambda real: np.repeat(real[:1], len(real), axis=0),
        NOISE: lambda real: real + np.random.default_rng(0).normal(scale=0.01, size=real.shape).astype(np.float32),
        KEY_POSES: lambda real: np.repeat(real[::12], 12, axis=0)[: len(real)],
    }[control]
    danced = [Danced(song, (spoil(song.real),), (), context) for song in context.songs]
    return row(control.name, danced, {}, measures, kind="control", about=control.about)


def _hovering(name: str, metres: float, context: Context, measures) -> Row:
    up = np.array([0, metres, 0], dtype=np.float32)
    danced = [Danced(song, (song.real + up, song.real + 2 * up), (), context) for song in context.songs[:-1]]
    return row(name, danced, {context.songs[-1].name: "has no beat"}, measures)
