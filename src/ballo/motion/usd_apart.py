"""Run by `usd` as a process of its own: a USD scene in, the numbers of its largest skeleton that moves out.

    python -m ballo.motion.usd_apart SCENE FOLDER SECONDS

Writes rest.npy, turns.npy, places.npy and about.json into the folder (see `watched.Watched`), or `reason` why not.
"""

from __future__ import annotations

import json
import math
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ballo.motion import rotations
from ballo.motion.admission import Refused, check_size
from ballo.motion.resampling import FASTEST_FPS

MOST_BYTES_OF_MEMORY = 6 * 2**30
MOST_BYTES_WRITTEN = 2**30
MOST_FRAMES_PER_KEY = 100
"""A few bytes could ask for millions of frames otherwise."""
FEWEST_FPS = 10.0
"""Of a scene with time codes closer than this the codes are frames, however few keys there are."""


def main() -> None:
    """Read the scene that the command line names."""
    scene, folder, seconds = sys.argv[1:]
    _limit(float(seconds))
    try:
        arrays, about = seen(scene)
    except Refused as error:
        (Path(folder) / "reason").write_text(str(error), encoding="utf-8")
        return
    for name, values in arrays.items():
        np.save(Path(folder) / f"{name}.npy", values)
    (Path(folder) / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _limit(seconds: float) -> None:
    """Bound what a file can make the library take; where the system can."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MOST_BYTES_OF_MEMORY),
        (resource.RLIMIT_CPU, math.ceil(seconds)),
        (resource.RLIMIT_FSIZE, MOST_BYTES_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        # macOS refuses a limit of addresses that its processes exceed from the start.
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def seen(scene: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and what is told beside them."""
    from pxr import Tf, Usd, UsdGeom, UsdSkel

    try:
        stage = Usd.Stage.Open(scene)
    except Tf.ErrorException as error:
        raise Refused("usd-core cannot open it: it is damaged, or no USD; export it again") from error
    if not stage:
        raise Refused("usd-core cannot open it: it is damaged, or no USD; export it again")
    query, prim, animation = _largest(stage, UsdSkel)
    names, parents = _joints(query, UsdSkel)
    codes, fps = _codes(stage, animation, prim, len(names), UsdGeom)
    metres = UsdGeom.GetStageMetersPerUnit(stage)
    upright = _upright(UsdGeom.GetStageUpAxis(stage))
    place = UsdGeom.Xformable(prim)
    turns, places = np.empty((len(codes), len(names), 4), np.float32), np.empty((len(codes), len(names), 3))
    for frame, code in enumerate(codes):
        posed = query.ComputeJointSkelTransforms(code)
        if not posed:
            raise Refused("its skeleton and its animation do not fit one another")
        world = np.array(posed) @ np.array(place.ComputeLocalToWorldTransform(code)) @ upright
        turns[frame], places[frame] = _turned(world), world[:, 3, :3] * metres
    bound = query.GetJointWorldBindTransforms()
    # The bind pose is in the world already, where the scene's own axes are.
    rest = (
        _turned(np.array(bound) @ upright) if bound and len(bound) == len(names) else np.tile([1.0, 0, 0, 0], (len(names), 1))
    )
    own = stage.GetRootLayer().customLayerData.get("ballo", "")
    about = {"names": names, "parents": parents, "fps": fps, "own": own if isinstance(own, str) else ""}
    return {"rest": rest, "turns": turns, "places": places}, about


def _largest(stage: Any, skel: Any) -> tuple[Any, Any, Any]:
    """The moving skeleton of most joints, where it is, and its animation."""
    from pxr import Usd

    cache, found = skel.Cache(), []
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        if prim.IsA(skel.Root):
            cache.Populate(skel.Root(prim), Usd.TraverseInstanceProxies())
    for prim in stage.Traverse(Usd.TraverseInstanceProxies()):
        if not prim.IsA(skel.Skeleton):
            continue
        query = cache.GetSkelQuery(skel.Skeleton(prim))
        animation = query.GetAnimQuery() if query else None
        if animation and query.GetJointOrder():
            found.append((query, prim, animation))
    if not found:
        raise Refused("it has no skeleton with an animation, so there is nobody who dances")
    return max(found, key=lambda triple: len(triple[0].GetJointOrder()))


def _joints(query: Any, skel: Any) -> tuple[list[str], list[int]]:
    paths = [str(path) for path in query.GetJointOrder()]
    check_size(0, len(paths))
    parents = [int(number) for number in skel.Topology(query.GetJointOrder()).GetParentIndices()]
    return [path.rsplit("/", 1)[-1] for path in paths], parents


def _codes(stage: Any, animation: Any, prim: Any, joints: int, geometry: Any) -> tuple[np.ndarray, float]:
    """The time codes of the frames, and how many of these are in a second."""
    codes = stage.GetTimeCodesPerSecond()
    samples = np.array(animation.GetJointTransformTimeSamples() or [], dtype=np.float64)
    samples = np.union1d(samples, np.array(geometry.Xformable(prim).GetTimeSamples(), dtype=np.float64))
    if not len(samples):
        raise Refused("its skeleton does not move: it has no time samples")
    if not (np.isfinite(samples).all() and 0 < codes < math.inf):
        raise Refused("its time codes are no numbers")
    step = float(np.median(np.diff(samples))) if len(samples) > 1 else 1.0
    step = min(step, 1.0) if codes >= FEWEST_FPS else step
    # Keys between frames are none that a rate could hold.
    step = max(step, codes / FASTEST_FPS)
    frames = round((samples[-1] - samples[0]) / step) + 1
    if frames > MOST_FRAMES_PER_KEY * (len(samples) + 10):
        raise Refused(f"it declares {frames:,} frames, and has keys at {len(samples):,} of them")
    check_size(frames, joints)
    return samples[0] + np.arange(frames) * step, codes / step


def _upright(axis: str) -> np.ndarray:
    """The matrix, for rows, that makes Y point up."""
    if axis == "Y":
        return np.eye(4)
    return np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def _turned(world: np.ndarray) -> np.ndarray:
    """Quaternions wxyz of matrices for rows (J, 4, 4), scale left out; no turn makes a mirror image."""
    rows = world[:, :3, :3]
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    if not np.isfinite(world).all() or lengths.min() <= 1e-9:
        raise Refused("its joints are shrunk to nothing, or are no numbers")
    if np.linalg.det(rows / lengths).min() < 0:
        raise Refused("it mirrors its skeleton; apply the scale in the program that made it")
    return rotations.from_matrix(np.swapaxes(rows / lengths, -1, -2))


if __name__ == "__main__":
    main()
