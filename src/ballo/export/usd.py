"""A motion as Universal Scene Description (.usda, .usdc, .usdz): a skinned dancer and her dance, by usd-core.

Source: Pixar, OpenUSD, the UsdSkel and UsdShade schemas.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ballo.errors import ExportError
from ballo.export import companion, humanoid
from ballo.export.gltf import MATERIALS, ROUGHNESS, about, base_colour, unit_rotations
from ballo.export.mesh import INFLUENCES, Mesh, mesh_for
from ballo.motion.motion import Motion
from ballo.version import VERSION

PACKABLE_SOUND = (".m4a", ".mp3", ".wav")
"""What a .usdz may hold."""
ROOT = "/Dance"


def write(
    motion: Motion, path: Path, *, song: Path | None = None, start_seconds: float = 0.0, names: str = humanoid.DEFAULT
) -> None:
    """Write `motion` to `path`, the same bytes for the same motion: metres, Y up, a time code a frame, from 0.

    A SkelRoot holds the skeleton (a T-pose at rest), its animation and the body with its materials. The layer's
    `customLayerData` has `ballo`, a JSON string of what `gltf.write` puts into its extras.

    Args:
        motion: what is danced.
        path: the .usda (text), .usdc (binary) or .usdz (a package).
        song: a companion file, copied beside `path` unless it lies there, and played by the scene; a .usdz holds it itself.
        start_seconds: where in the song the motion starts.
        names: what joints are called, one of `humanoid.STYLES`.

    Raises:
        ExportError: usd-core is not installed, the motion has no frames, or as `gltf.write`.
    """
    if not len(motion):
        raise ExportError(f"cannot write {path.suffix}: the motion has no frames")
    if song is not None and not Path(song).name.isprintable():
        raise ExportError(f"cannot write {path.suffix}: it takes no song called {Path(song).name!r}; rename that")
    pxr = _library(path)
    joints = _joint_paths(motion, humanoid.bone_names(motion.skeleton, names), pxr)
    packed = path.suffix.lower() == ".usdz"
    with tempfile.TemporaryDirectory() as folder:
        # The library takes no path that is not Unicode, as ours may be.
        home = Path(folder) / ("dance.usdc" if packed else f"dance{path.suffix.lower()}")
        inside = packed and song is not None and Path(song).suffix.lower() in PACKABLE_SOUND
        extras = about(motion) | companion.beside(home if inside else path, song, start_seconds)
        stage = _stage(motion, joints, extras, pxr)
        if song is not None and (inside or not packed):
            _sound(stage, Path(song).name, start_seconds, pxr)
        try:
            made = stage.GetRootLayer().Export(str(home))
        except pxr.Tf.ErrorException:
            made = False
        if not made:
            raise ExportError(f"cannot write {path}: usd-core could not write into {folder}")
        if packed:
            home = _package(home, [home.with_name(Path(song).name)] if inside and song is not None else [], pxr)
        shutil.copyfile(home, path)


def check(path: Path) -> None:
    """Refuse a path when usd-core is not installed (ExportError)."""
    _library(path)


def _library(path: Path) -> ModuleType:
    try:
        import pxr
        from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdMedia, UsdShade, UsdSkel, Vt  # noqa: F401
    except ImportError as error:
        raise ExportError(f"cannot write {path.suffix}: it takes usd-core; pip install 'ballo[usd]'") from error
    return pxr


def _joint_paths(motion: Motion, bones: tuple[str, ...], pxr: Any) -> list[str]:
    """ "Hips/Spine/Neck": each joint's names from the root down, in letters that USD takes."""
    paths: list[str] = []
    for bone, parent in zip(bones, motion.skeleton.parents, strict=True):
        name = pxr.Tf.MakeValidIdentifier(bone)
        whole = f"{paths[parent]}/{name}" if parent >= 0 else name
        while whole in paths:
            whole += "_"
        paths.append(whole)
    return paths


def _stage(motion: Motion, joints: list[str], extras: dict[str, Any], pxr: Any) -> Any:
    stage = pxr.Usd.Stage.CreateInMemory()
    pxr.UsdGeom.SetStageUpAxis(stage, pxr.UsdGeom.Tokens.y)
    pxr.UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(motion.fps)
    stage.SetFramesPerSecond(motion.fps)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(len(motion) - 1)
    layer = stage.GetRootLayer()
    layer.comment = f"ballo {VERSION}"
    layer.customLayerData = {"ballo": json.dumps(extras, sort_keys=True, allow_nan=False)}
    root = pxr.UsdSkel.Root.Define(stage, ROOT)
    stage.SetDefaultPrim(root.GetPrim())
    body = mesh_for(motion.skeleton)
    _skeleton(stage, motion, body, joints, pxr)
    _animation(stage, motion, body, joints, pxr)
    _body(stage, body, pxr)
    reach = float(np.ptp(body.vertices, axis=0).max())
    low, high = motion.root.min(axis=0) - reach, motion.root.max(axis=0) + reach
    root.CreateExtentAttr(pxr.Vt.Vec3fArray([pxr.Gf.Vec3f(*map(float, corner)) for corner in (low, high)]))
    return stage


def _skeleton(stage: Any, motion: Motion, body: Mesh, joints: list[str], pxr: Any) -> None:
    skeleton = pxr.UsdSkel.Skeleton.Define(stage, f"{ROOT}/Skeleton")
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateJointNamesAttr([joint.rsplit("/", 1)[-1] for joint in joints])
    at_rest = np.concatenate([body.rest[:1], motion.skeleton.offsets[1:]])
    skeleton.CreateBindTransformsAttr(_moves(body.rest, pxr))
    skeleton.CreateRestTransformsAttr(_moves(at_rest, pxr))
    binding = pxr.UsdSkel.BindingAPI.Apply(skeleton.GetPrim())
    binding.CreateAnimationSourceRel().SetTargets([f"{ROOT}/Skeleton/Animation"])


def _moves(places: np.ndarray, pxr: Any) -> Any:
    """Places (J, 3) as matrices that move there."""
    moves = [pxr.Gf.Matrix4d(1.0).SetTranslate(pxr.Gf.Vec3d(*map(float, place))) for place in places]
    return pxr.Vt.Matrix4dArray(moves)


def _animation(stage: Any, motion: Motion, body: Mesh, joints: list[str], pxr: Any) -> None:
    animation = pxr.UsdSkel.Animation.Define(stage, f"{ROOT}/Skeleton/Animation")
    animation.CreateJointsAttr(joints)
    translations, turns = animation.CreateTranslationsAttr(), animation.CreateRotationsAttr()
    animation.CreateScalesAttr(pxr.Vt.Vec3hArray(len(joints), pxr.Gf.Vec3h(1, 1, 1)))
    places = np.concatenate([body.rest[:1], motion.skeleton.offsets[1:]]).astype(np.float32)
    xyzw = np.ascontiguousarray(unit_rotations(motion)[..., [1, 2, 3, 0]])
    for frame in range(len(motion)):
        places[0] = motion.root[frame]
        translations.Set(pxr.Vt.Vec3fArray.FromNumpy(places), frame)
        turns.Set(pxr.Vt.QuatfArray.FromNumpy(xyzw[frame]), frame)


def _body(stage: Any, body: Mesh, pxr: Any) -> None:
    """The surface, bound to the skeleton, with a material for each of its kinds."""
    mesh = pxr.UsdGeom.Mesh.Define(stage, f"{ROOT}/Body")
    mesh.CreatePointsAttr(pxr.Vt.Vec3fArray.FromNumpy(body.vertices))
    mesh.CreateNormalsAttr(pxr.Vt.Vec3fArray.FromNumpy(body.normals))
    mesh.SetNormalsInterpolation(pxr.UsdGeom.Tokens.vertex)
    mesh.CreateFaceVertexCountsAttr(pxr.Vt.IntArray(len(body.triangles), 3))
    mesh.CreateFaceVertexIndicesAttr(pxr.Vt.IntArray.FromNumpy(body.triangles.astype(np.int32).reshape(-1)))
    mesh.CreateSubdivisionSchemeAttr(pxr.UsdGeom.Tokens.none)
    corners = np.stack([body.vertices.min(axis=0), body.vertices.max(axis=0)])
    mesh.CreateExtentAttr(pxr.Vt.Vec3fArray.FromNumpy(corners))
    binding = pxr.UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([f"{ROOT}/Skeleton"])
    binding.CreateGeomBindTransformAttr(pxr.Gf.Matrix4d(1.0))
    joints = pxr.Vt.IntArray.FromNumpy(body.joints.astype(np.int32).reshape(-1))
    binding.CreateJointIndicesPrimvar(False, INFLUENCES).Set(joints)
    binding.CreateJointWeightsPrimvar(False, INFLUENCES).Set(pxr.Vt.FloatArray.FromNumpy(body.weights.reshape(-1)))
    for kind in sorted(set(body.kinds.tolist())):
        faces = pxr.Vt.IntArray.FromNumpy(np.flatnonzero(body.kinds == kind).astype(np.int32))
        api = pxr.UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim())
        subset = api.CreateMaterialBindSubset(MATERIALS[kind], faces)
        pxr.UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(_material(stage, kind, pxr))
    pxr.UsdShade.MaterialBindingAPI(mesh.GetPrim()).SetMaterialBindSubsetsFamilyType(pxr.UsdGeom.Tokens.partition)


def _material(stage: Any, kind: int, pxr: Any) -> Any:
    place = f"{ROOT}/Materials/{MATERIALS[kind]}"
    pxr.UsdGeom.Scope.Define(stage, f"{ROOT}/Materials")
    material = pxr.UsdShade.Material.Define(stage, place)
    shader = pxr.UsdShade.Shader.Define(stage, f"{place}/Surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    types = pxr.Sdf.ValueTypeNames
    shader.CreateInput("diffuseColor", types.Color3f).Set(pxr.Gf.Vec3f(*base_colour(kind)))
    shader.CreateInput("roughness", types.Float).Set(ROUGHNESS[kind])
    shader.CreateInput("metallic", types.Float).Set(0.0)
    material.CreateSurfaceOutput().ConnectToSource(shader.CreateOutput("surface", types.Token))
    return material


def _sound(stage: Any, name: str, start_seconds: float, pxr: Any) -> None:
    """The song, heard everywhere alike, from where the dance starts in it."""
    sound = pxr.UsdMedia.SpatialAudio.Define(stage, f"{ROOT}/Song")
    sound.CreateFilePathAttr(pxr.Sdf.AssetPath(f"./{name}"))
    sound.CreateAuralModeAttr(pxr.UsdMedia.Tokens.nonSpatial)
    sound.CreatePlaybackModeAttr(pxr.UsdMedia.Tokens.onceFromStart)
    # Its start time is 0 unless said, and saying so takes a newer version of the binary format.
    sound.CreateMediaOffsetAttr(float(start_seconds))


def _package(scene: Path, others: list[Path], pxr: Any) -> Path:
    """An archive beside the scene, without compression, whose first file is the scene."""
    made = scene.with_suffix(".usdz")
    try:
        writer = pxr.Sdf.ZipFileWriter.CreateNew(str(made))
        whole = bool(writer) and all(writer.AddFile(str(file), file.name) for file in (scene, *others)) and writer.Save()
    except pxr.Tf.ErrorException:
        whole = False
    if not whole:
        raise ExportError(f"cannot write .usdz: usd-core could not write into {scene.parent}")
    return made
