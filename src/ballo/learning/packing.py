"""A training run to a bundle, or a classifier to its file: one ONNX graph, with what it learnt from and how well it does it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx

from ballo.dataset.archive import SAMPLE_RATE, Archive, Dance
from ballo.dataset.recordings import is_dance
from ballo.inference import bundle
from ballo.inference.bundle import ALL, Hearing, Manifest, Noise
from ballo.learning import exporting, validation
from ballo.learning.clips import clips
from ballo.learning.exporting import Generator, Graph
from ballo.learning.models import poses, sequences
from ballo.learning.models.style import Classifier
from ballo.learning.phases import style as style_phase
from ballo.learning.runs import Trained
from ballo.metrics import style
from ballo.metrics.style import StyleAccuracy
from ballo.motion.formats import whole


def pack(trained: Trained, path: Path, seeds: int = 3) -> Manifest:
    """Write a run's generator as a bundle, with its figures on the archive's validation songs.

    Raises:
        BundleError, ExportError: the path cannot be written.
    """
    archive, generator = trained.archive, trained.generator
    assert isinstance(generator, Generator)
    spelt = exporting.graph(generator)
    manifest = manifest_of(path.stem, generator, spelt, archive.styles, archive.fps)
    figures = measure(generator, archive, seeds)
    manifest = dataclasses.replace(manifest, trained_on=_trained_on(trained), figures=figures)
    bundle.write(path, manifest, exporting.export(spelt))
    return manifest


def manifest_of(name: str, generator: Generator, spelt: Graph, styles: tuple[str, ...], fps: float) -> Manifest:
    """What a bundle says of a generator, but for what it learnt from and how well."""
    hearing = None
    kind = bundle.POSES if isinstance(generator, poses.Generator) else bundle.SEQUENCES
    if not isinstance(generator, poses.Generator | sequences.Generator):
        kind = bundle.MUSIC
        context, before = exporting.context_blocks(generator), exporting.blocks_before(generator)
        hearing = Hearing(SAMPLE_RATE, generator.samples_per_frame, context, before, generator.clocked)
    seconds = 0.0 if isinstance(generator, poses.Generator) else generator.config.noise_seconds
    noise = Noise(generator.config.noise_size, seconds)
    # A state as it is for one dance, where the example has several.
    shapes = {
        state: tuple(1 if axis in spelt.free[state] else size for axis, size in enumerate(spelt.inputs[state].shape))
        for state in spelt.states
    }
    return Manifest(name, kind, styles, fps, generator.space.skeleton, noise, hearing, shapes)


def measure(generator: Generator, archive: Archive, seeds: int) -> dict[str, dict[str, float]]:
    """Figures on the validation songs as a bundle keeps them, those of too few songs left out; empty without such songs."""
    if isinstance(generator, poses.Generator | sequences.Generator):
        shown = clips(archive, "val", ())
        compared: Any = None
        if shown and isinstance(generator, poses.Generator):
            compared = validation.compare_figures(generator, shown)
        elif shown and isinstance(generator, sequences.Generator):
            compared = validation.compare_freestyle(generator, shown, archive)
        return {ALL: _plain(compared)} if compared else {}
    heard = clips(archive, "val", validation.heard(generator))
    measured = validation.measure(generator, heard, archive.skeleton, archive.fps, seeds) if heard else {}
    return {ALL if style is None else archive.styles[style]: _plain(found) for style, found in measured.items()}


def _plain(figures: Any) -> dict[str, float]:
    """Figures as JSON can hold them."""
    return {name: round(value, 4) for name, value in dataclasses.asdict(figures).items() if math.isfinite(value)}


def pack_classifier(trained: Trained, path: Path) -> StyleAccuracy:
    """Write a run's classifier of styles as one ONNX graph that says of itself what it is; see `metrics.style`.

    Returns:
        How it takes the clips of the validation songs.

    Raises:
        ExportError: the path cannot be written.
    """
    archive, classifier, frames = trained.archive, trained.generator, trained.config.batches.frames
    assert isinstance(classifier, Classifier)
    every = classifier.config.every
    found, unseen = style_phase.judged(classifier, style_phase.real_clips(archive, "val", frames))
    said = {
        "format": style.FORMAT,
        "classes": archive.styles,
        "fps": archive.fps / every,
        "frames": -(-frames // every),
        "joint_names": archive.skeleton.joint_names,
        "trained_on": _trained_on(trained),
        "validation": _judgement(found),
        "validation_unseen": _judgement(unseen),
    }
    model = onnx.load_from_string(exporting.export(exporting.judging(classifier)))
    onnx.helper.set_model_props(model, {key: json.dumps(value, ensure_ascii=False) for key, value in said.items()})
    with whole(path) as unfinished:
        onnx.save_model(model, unfinished)
    return found


def _judgement(found: StyleAccuracy) -> Mapping[str, Any]:
    return {
        "clips": found.clips,
        "accuracy": round(found.accuracy, 4) if found.clips else None,
        "confusion": found.confusion.tolist(),
    }


def _trained_on(trained: Trained) -> Mapping[str, Any]:
    archive = trained.archive
    songs = [dance for dance in archive.select("train") if dance.samples is not None]
    if isinstance(trained.generator, poses.Generator | sequences.Generator | Classifier):
        # What hears nothing learns from dances without music as well.
        songs = [*archive.select("train"), *archive.select("motion_only")]
    return {
        "data": f"{_named(songs)}, {archive.grade}: {', '.join(archive.styles)}",
        "songs": len(songs),
        "minutes": round(sum(dance.seconds for dance in songs) / 60, 1),
        "manifest_sha256": archive.manifest_sha256,
        "phase": trained.header["phase"],
        "steps": trained.header["step"],
        "seed": trained.config.engine.seed,
        "weights": {"average": "average over the steps", "last": "last step", "best": "best average"}[trained.weights],
        "ballo": trained.header["ballo"],
    }


def _named(dances: Sequence[Dance]) -> str:
    """Whose dances these are, as far as their names tell."""
    if all(is_dance(dance.name.split("~")[0]) for dance in dances):
        return "Tang et al. 2018 and ChoreoNet (published without a licence)"
    return f"{len(dances)} dances of an archive of your own"
