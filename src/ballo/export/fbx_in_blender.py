"""Run by Blender's own Python, not by ballo's: a .glb in, an .fbx out. See `fbx`."""

import sys

import bpy


def convert(scene_path: str, out: str, whole_fps: int, fps: float, frames: int) -> None:
    """Import a .glb whose keys stand at `whole_fps` and bake it as an .fbx of `fps` frames a second."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = whole_fps, 1.0
    bpy.ops.import_scene.gltf(filepath=scene_path)
    scene.render.fps_base = whole_fps / fps
    scene.frame_start, scene.frame_end = 0, frames - 1
    bpy.ops.export_scene.fbx(
        filepath=out,
        object_types={"ARMATURE", "MESH"},
        add_leaf_bones=False,
        apply_scale_options="FBX_SCALE_ALL",
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
    )


if __name__ == "__main__":
    scene_path, out, whole_fps, fps, frames = sys.argv[sys.argv.index("--") + 1 :]
    convert(scene_path, out, int(whole_fps), float(fps), int(frames))
