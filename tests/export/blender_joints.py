"""Run by Blender's own Python: where an imported file's joints are on every frame.

blender_joints.py FILE OUT.npz FPS: the armature's name, names (J,), positions (T, J, 3) in metres with Y up, vertices of the
body's last frame.
"""

import sys

import bpy
import numpy as np


def imported(path: str) -> None:
    match path.rsplit(".", 1)[1]:
        case "glb" | "vrm":
            bpy.ops.import_scene.gltf(filepath=path)
        case "fbx":
            bpy.ops.import_scene.fbx(filepath=path)
        case "bvh":
            bpy.ops.import_anim.bvh(filepath=path, global_scale=0.01, update_scene_fps=True)
        case _:
            bpy.ops.wm.usd_import(filepath=path)


def y_up(point: np.ndarray) -> np.ndarray:
    return np.stack([point[..., 0], point[..., 2], -point[..., 1]], axis=-1)


def main(path: str, out: str, fps: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    # Blender's importers go by whole rates: a frame of 29.97 a second lies a thousandth beyond a frame of 30.
    scene.render.fps, step = round(float(fps)), round(float(fps)) / float(fps)
    imported(path)
    armature = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    action = armature.animation_data.action
    first, last = action.frame_range
    names = [bone.name for bone in armature.pose.bones]
    positions = np.empty((round((last - first) / step) + 1, len(names), 3))
    for number in range(len(positions)):
        frame = round(first + number * step, 4)
        scene.frame_set(int(frame), subframe=frame - int(frame))
        positions[number] = [armature.matrix_world @ bone.head for bone in armature.pose.bones]
    np.savez(out, armature=armature.name, names=names, positions=y_up(positions), vertices=y_up(vertices()))


def vertices() -> np.ndarray:
    bodies = [
        thing for thing in bpy.data.objects if thing.type == "MESH" and any(m.type == "ARMATURE" for m in thing.modifiers)
    ]
    if not bodies:
        return np.zeros((0, 3))
    seen = bodies[0].evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([bodies[0].matrix_world @ vertex.co for vertex in seen.to_mesh().vertices])


if __name__ == "__main__":
    main(*sys.argv[-3:])
