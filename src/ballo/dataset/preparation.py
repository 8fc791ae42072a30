"""From published folders to an archive: read, choose, make each dance in the grade that is wanted, write; what is left out is
named.

Each dance has a key, a hash of all that it is made from: its files, its script, the takes, the options, and the code that
makes it. A dance whose key stands in the archive that is replaced is taken from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any

from ballo.dataset import archive, archiving, chaining, choosing, entries, library, recordings, remaster, stock
from ballo.dataset.adapters import choreonet, layouts
from ballo.dataset.adapters.performances import Performance
from ballo.dataset.adapters.splitting import split_by_song
from ballo.dataset.archive import LIBRARY, PUBLISHED, REMASTERED, Archive
from ballo.dataset.archiving import Contents, Entry
from ballo.dataset.arrange import Floor
from ballo.dataset.entries import Chained
from ballo.dataset.library import FACTS, Library
from ballo.dataset.recordings import FPS, Problem, Progress, Publication, Recording
from ballo.dataset.repair import Unusable
from ballo.dataset.splits import MOTION_ONLY, TRAIN, VALIDATION, Split
from ballo.errors import AudioError, DataError

WORKERS = 2
TOLD = "library_problems"
"""What the manifest remembers was wrong with takes and units: dances that are not made anew do not look at them again."""

NO_TAKES = "--arrangements needs ChoreoNet's takes (movement_interval.csv and raw_c3d): name their folder too"


@dataclass(frozen=True)
class Preparation:
    """What came of it.

    Args:
        archive: as written.
        skipped: dances left out, by name, with the reason.
        problems: every file missing or broken.
        reused: dances taken from the archive that was there.
    """

    archive: Archive
    skipped: dict[str, str]
    problems: tuple[Problem, ...]
    reused: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing was lost but what the publication itself lacks."""
        return all(problem.expected for problem in self.problems)


@dataclass(frozen=True)
class Wish:
    """What archive to make.

    Args:
        grade: "published", "repaired" or "remastered".
        fps: frames a second; None for 25, or for what the sources themselves have if they are of another layout.
        arrangements: how many new dances to arrange for each song (remastered only).

    Raises:
        DataError: a grade that does not exist, frames that are none, or options that do not go together.
    """

    grade: str = REMASTERED
    fps: float | None = None
    arrangements: int = 0

    def __post_init__(self) -> None:
        if self.grade not in archive.GRADES:
            raise DataError(f"there is no grade {self.grade!r}: choose {', '.join(archive.GRADES)}")
        if self.fps is not None and not 5 <= self.fps <= 240:
            raise DataError(f"{self.fps:g} frames a second: choose 5 to 240")
        if self.grade == PUBLISHED and self.fps is not None:
            raise DataError("--fps changes motion: leave it out with --as published")
        if self.arrangements and self.grade != REMASTERED:
            raise DataError("arrangements are danced from takes: use --as remastered")


@dataclass(frozen=True)
class Job:
    """One dance to make: its name, the key of what it is made from, and how to make it."""

    name: str
    key: str
    make: Callable[[], Entry]
    song: Path | None


def prepare(
    sources: Sequence[Path], output: Path, split: Split | None, wish: Wish, progress: Progress | None = None
) -> Preparation:
    """Make an archive of every usable dance in the source folders.

    Args:
        sources: folders of one layout or several; see docs/data.md and docs/own-data.md.
        split: which dances are for what; None for ballo's own with the published ballroom dances, and for the sources' own or
            a tenth of the songs with others.
        progress: called with what is at hand, how many steps are done, and how many there are.

    Raises:
        DataError: a source holds no dance, none is usable, or the archive cannot be written.
    """
    archiving.check(output)
    work = _Work(wish, progress or (lambda name, done, total: None))
    others = [source for source in sources if layouts.find(source) is not None]
    ballroom = [source for source in sources if source not in others]
    if wish.arrangements and not ballroom:
        raise DataError(NO_TAKES)
    parts = []
    if ballroom:
        parts.append(work.ballroom(ballroom, split))
    for source in others:
        parts.append(work.performances(source, split))
    return work.written(output, _joined(parts))


def _joined(parts: Sequence[Split]) -> Split:
    """Several sources' splits as one (DataError if two sources have a dance of one name)."""
    try:
        return Split(
            *(tuple(name for part in parts for name in getattr(part, kind)) for kind in (TRAIN, VALIDATION, MOTION_ONLY))
        )
    except ValueError as error:
        raise DataError(f"two sources have a dance of one name ({error}): prepare them apart") from error


class _Work:
    """Gathers jobs, problems and what is left out, source by source."""

    def __init__(self, wish: Wish, progress: Progress) -> None:
        self.wish, self.progress = wish, progress
        self.jobs: list[Job] = []
        self.problems: list[Problem] = []
        self.skipped: dict[str, str] = {}
        self.facts: dict[str, Any] = {}
        self.held_out: set[tuple[str, str]] = set()
        self._libraries: list[_LazyLibrary] = []
        self._remembered: Library | None = None
        self._sources: list[Path] = []

    def ballroom(self, sources: Sequence[Path], split: Split | None) -> Split:
        """The dances of Tang et al. 2018 and ChoreoNet."""
        from ballo.dataset import splits

        chosen_split = split or splits.shipped()
        publication = recordings.read(*sources, progress=self.progress)
        self._sources += sources
        chosen, skipped = choosing.choose(publication, chosen_split, remaster=self.wish.grade == REMASTERED)
        self.problems += choosing.held_against(publication, skipped)
        self.skipped |= skipped
        folder = recordings.choreonet_folder(sources)
        if folder is not None and not choreonet.recognises(folder):
            folder = None  # scripts alone
        if self.wish.arrangements and folder is None:
            raise DataError(NO_TAKES)
        lazy = _LazyLibrary(folder, sources, publication, chosen_split, self)
        self._libraries.append(lazy)
        by_name = {recording.name: recording for recording in chosen}
        chained = chaining.turns_by_dance(chosen) if self.wish.grade != PUBLISHED else {}
        for name in sorted({*by_name, *choosing.scripted(publication, chosen_split, skipped)}, key=recordings.order):
            part = chosen_split.part_of(name) or ""
            self._add_ballroom(name, part, by_name.get(name), publication, lazy, Chained(*chained.get(name, ((), ()))))
        return replace(chosen_split, train=(*chosen_split.train, *self._add_arrangements(publication, chosen_split, lazy)))

    def _add_ballroom(
        self, name: str, part: str, recording: Recording | None, publication: Publication, lazy: _LazyLibrary, chained: Chained
    ) -> None:
        """One dance's job: danced anew where it can be, else mended."""
        grade, fps = self.wish.grade, self.wish.fps or FPS
        script, song = publication.scripts.get(name), publication.songs.get(name)
        style = recordings.style_of(name)
        source_hashes = str(sorted(recording.sha256.items())) if recording else ""
        parts = [grade, f"{fps}", part, source_hashes, str(script), lazy.key]
        if grade == REMASTERED and script is not None and lazy.folder is not None:
            window = choosing.window(recording, script)
            parts += [str(window), recordings.sha256(song) if song else ""]

            def make() -> Entry:
                return entries.remastered(name, style, part, script, song, window, lazy.get(), fps)
        elif recording is None:
            self.skipped[name] = "music without motion"
            return
        elif grade == PUBLISHED:

            def make() -> Entry:
                return entries.published(recording, part, lazy.held_out)
        else:

            def make() -> Entry:
                return entries.repaired(recording, part, chained, lazy.held_out, fps)

        self.jobs.append(Job(name, _key(parts), make, song))

    def _add_arrangements(self, publication: Publication, split: Split, lazy: _LazyLibrary) -> list[str]:
        """Jobs for new dances to each song of the training split, and their names."""
        fps, names = self.wish.fps or FPS, []
        songs = {name: publication.songs[name] for name in split.train if name in publication.songs}
        for name in sorted(songs, key=recordings.order) if self.wish.arrangements else ():
            floor = Floor(songs[name], recordings.style_of(name), lazy.get, fps)
            parts = ["arranged", f"{fps}", floor.style, recordings.sha256(floor.song), lazy.key]
            for seed in range(1, self.wish.arrangements + 1):
                arranged = f"{name}~{seed}"
                make = partial(floor.entry, arranged, seed)
                self.jobs.append(Job(arranged, _key([*parts, arranged]), make, floor.song))
                names.append(arranged)
        return names

    def performances(self, source: Path, split: Split | None) -> Split:
        """The dances of any other layout."""
        adapter = layouts.find(source)
        assert adapter is not None
        found, problems = adapter.read(source, self.progress)
        self._sources.append(source)
        read = list(found)
        self.problems += problems
        own = split or _split_of(read)
        for performance in read:
            part = own.part_of(performance.name)
            if part is None:
                self.skipped[performance.name] = "not in the split"
                continue
            if part != MOTION_ONLY and performance.song is None:
                part = MOTION_ONLY
            parts = [self.wish.grade, f"{self.wish.fps}", part, str(sorted(performance.sha256.items()))]
            make = _performing(performance, part, self.wish)
            self.jobs.append(Job(performance.name, _key(parts), make, performance.song))
        return own

    def written(self, output: Path, split: Split) -> Preparation:
        """Make what is not made yet, in parallel, and write the archive."""
        replaced = _readable(output)
        old = {dance.name: dance for dance in replaced.dances} if replaced else {}
        reused = {job.name for job in self.jobs if job.name in old and old[job.name].provenance.get("key") == job.key}
        if replaced and len(reused) == len(self.jobs):
            self._remember(replaced)
        else:
            for lazy in self._libraries:
                lazy.prepare_for(self.wish.grade)
        made = self._make([job for job in self.jobs if job.name not in reused])
        kept = {name: archiving.entry_of(old[name]) for name in reused} | made
        if not kept:
            raise DataError(f"no dance in {_named(self._sources)} is usable: {_reasons(self.skipped)}")
        in_order = [kept[job.name] for job in self.jobs if job.name in kept]
        for lazy in self._libraries:
            lazy.describe(self.facts, self.held_out, in_order)
        skipped = dict(sorted(self.skipped.items()))
        facts, held_out = self.facts, frozenset(self.held_out)
        contents = Contents(in_order, split, self.wish.grade, held_out, skipped, self.problems, facts, self._library())
        written = archiving.write(output, contents)
        return Preparation(written, skipped, tuple(self.problems), tuple(sorted(reused & set(kept))))

    def _remember(self, replaced: Archive) -> None:
        """What was found when the archive that is replaced was made, where all its dances are taken from it."""
        self.facts |= {name: replaced.manifest[name] for name in (TOLD, *FACTS) if name in replaced.manifest}
        self.held_out |= {(unit.tag, unit.take) for unit in replaced.units if unit.held_out}
        self._remembered = stock.opened(replaced) if replaced.manifest.get(LIBRARY) else None
        self.problems += [Problem(**problem) for problem in replaced.manifest.get(TOLD, ())]

    def _library(self) -> Library | None:
        """What the dances were danced from, to be kept with them."""
        made = [lazy.get() for lazy in self._libraries if lazy.made and lazy.get().units]
        if self.wish.grade != REMASTERED:
            return None
        return made[0] if made else self._remembered

    def _make(self, jobs: Sequence[Job]) -> dict[str, Entry]:
        made: dict[str, Entry] = {}
        with ThreadPoolExecutor(WORKERS) as pool:
            for done, (job, outcome) in enumerate(zip(jobs, pool.map(_attempt, jobs), strict=True)):
                self.progress(job.name, done, len(jobs))
                if isinstance(outcome, Entry):
                    made[job.name] = replace(outcome, provenance={**outcome.provenance, "key": job.key})
                elif isinstance(outcome, AudioError) and job.song is not None:
                    reason = str(outcome).removeprefix(f"{job.song}: ")
                    self.problems.append(Problem(recordings.relative(job.song, self._sources), reason, False, job.name))
                    self.skipped[job.name] = "its music is broken"
                else:
                    self.skipped[job.name] = str(outcome)
        return made


def _attempt(job: Job) -> Entry | Unusable | AudioError:
    try:
        return job.make()
    except (Unusable, AudioError) as error:
        return error


def _performing(performance: Performance, part: str, wish: Wish) -> Callable[[], Entry]:
    return lambda: entries.performed(performance, part, wish.grade != PUBLISHED, wish.fps)


class _LazyLibrary:
    """The takes and units of a source, made only if a dance needs them."""

    def __init__(
        self, folder: Path | None, sources: Sequence[Path], publication: Publication, split: Split, work: _Work
    ) -> None:
        self.folder, self.publication, self.split, self.work = folder, publication, split, work
        self.source = sources[0] if folder is None else next(each for each in sources if folder.is_relative_to(each))
        scripts = str(sorted(publication.scripts.items()))
        self.key = _key([library.key_of(folder, publication) if folder else "", scripts, str(split.as_json())])
        self._library: Library | None = None

    @property
    def held_out(self) -> frozenset[str]:
        return self._library.held_out if self._library else frozenset()

    @property
    def made(self) -> bool:
        return self._library is not None

    def get(self) -> Library:
        assert self._library is not None
        return self._library

    def prepare_for(self, grade: str) -> None:
        """Make it; dances of every grade keep the same units out of training."""
        if self.folder is None:
            return
        judged = self.split.val
        built, problems = library.build(self.folder, self.source, self.publication, judged, self.work.progress)
        scripts = self.publication.scripts
        self._library = replace(built, scripts={name: scripts[name] for name in self.split.train if name in scripts})
        if grade == REMASTERED:
            problems += _unknown_tags(self.publication, self._library, self.folder, self.source)
        self.work.problems += problems
        self.work.facts[TOLD] = [asdict(problem) for problem in problems]

    def describe(self, facts: dict[str, Any], held_out: set[tuple[str, str]], made: Sequence[Entry]) -> None:
        """Facts for the manifest, of this run or, if nothing had to be made, of the archive that is replaced."""
        if self._library is None:
            return
        facts |= self._library.described()
        held_out |= {unit for entry in made for unit in entry.known_origin.units if unit[0] in self._library.held_out}


def _unknown_tags(publication: Publication, units: Library, folder: Path, source: Path) -> list[Problem]:
    """Scripts that ask for units nobody cut."""
    problems = []
    for name, script in publication.scripts.items():
        strange = remaster.unknown_tags(script, units)
        if strange:
            path = (folder / "choreography" / f"{name.split('_')[1]}.json").relative_to(source).as_posix()
            told = ", ".join(strange)
            problems.append(
                Problem(path, f"{name} asks for {told}, which {choreonet.INTERVALS} does not have: waits there", False)
            )
    return problems


def _split_of(read: Sequence[Performance]) -> Split:
    """A source's own split, or one by song."""
    songs = {performance.name: performance.song for performance in read}
    if not any(performance.split for performance in read):
        return split_by_song(songs)
    of = {performance.name: MOTION_ONLY if performance.song is None else performance.split for performance in read}
    kinds = {part: tuple(name for name, own in sorted(of.items()) if own == part) for part in (TRAIN, VALIDATION, MOTION_ONLY)}
    return Split(kinds[TRAIN], kinds[VALIDATION], kinds[MOTION_ONLY])


def _readable(output: Path) -> Archive | None:
    """The archive that will be replaced, if it can be read and is as it was written."""
    try:
        return Archive.open(output) if archiving.whole(output) else None
    except DataError:
        return None


@cache
def _code() -> str:
    """A hash of the code that dances are made by: other code, other dances."""
    digest = hashlib.sha256()
    for package in ("ballo.dataset", "ballo.dataset.adapters", "ballo.motion", "ballo.music"):
        for file in sorted(resources.files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _key(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join([_code(), *parts]).encode()).hexdigest()


def _named(sources: Sequence[Path]) -> str:
    return ", ".join(map(str, sources))


def _reasons(skipped: Mapping[str, str]) -> str:
    counts = {reason: list(skipped.values()).count(reason) for reason in skipped.values()}
    return ", ".join(f"{reason} ({count})" for reason, count in sorted(counts.items()))
