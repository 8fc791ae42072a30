"""A humanoid of one's own: how a dance sits on rigs as other tools make them."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.export.rigs import PARENTS, RIGS, Rig, changed, made, mixamo, packed, places
from tests.motion.test_hostile import rearranged

from ballo.errors import BalloError, ExportError
from ballo.export import character as characters
from ballo.export.character.bones import LIMBS, SIDES, bones_of
from ballo.export.humanoid import HUMANOID
from ballo.motion import gltf as reading
from ballo.motion import kinematics, rotations
from ballo.motion.glb import Document
from ballo.motion.motion import Motion
from ballo.motion.nodes import parents_of
from ballo.motion.skeleton import DANCER, Skeleton

TENTH_OF_A_MILLIMETRE = 1e-4
MUTATIONS = 400


def played(path: Path) -> dict[str, np.ndarray]:
    """Where every node is on every frame (T, 3), by 4 x 4 matrices: no code of ballo's but the file's arrays."""
    document = Document(path.read_bytes())
    nodes, animation = document.json["nodes"], document.json["animations"][0]
    moves: dict[tuple[int, str], np.ndarray] = {}
    for channel in animation["channels"]:
        target = channel["target"]
        moves[target["node"], target["path"]] = document.array(animation["samplers"][channel["sampler"]]["output"])
    frames = len(next(iter(moves.values())))
    found: dict[str, np.ndarray] = {}

    def visit(number: int, above: np.ndarray) -> None:
        node = nodes[number]
        own = np.tile(np.eye(4), (frames, 1, 1))
        if "matrix" in node:
            own[:] = np.array(node["matrix"]).reshape(4, 4).T
        else:
            x, y, z, w = np.moveaxis(moves.get((number, "rotation"), np.array([node.get("rotation", [0, 0, 0, 1])])), -1, 0)
            rows = [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
            own[:, :3, :3] = np.moveaxis(np.array(rows), -1, 0) * np.array(node.get("scale", [1, 1, 1]))
            own[:, :3, 3] = moves.get((number, "translation"), np.array(node.get("translation", [0, 0, 0])))
        whole = above @ own
        found[node.get("name", str(number))] = whole[:, :3, 3]
        for child in node.get("children", []):
            visit(child, whole)

    for top in document.json["scenes"][0]["nodes"]:
        visit(top, np.eye(4))
    return found


def angle(one: np.ndarray, other: np.ndarray) -> float:
    """Degrees, the largest."""
    cosine = np.sum(one * other, axis=-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    sine = np.linalg.norm(np.cross(one, other), axis=-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    return float(np.degrees(np.arctan2(sine, cosine)).max())


@pytest.mark.parametrize("kind", RIGS)
def test_arms_point_as_the_dancers_on_every_frame(smooth_dance, tmp_path, kind):
    rig, motion = RIGS[kind], smooth_dance(40)
    at = played(motion.save(tmp_path / "dance.glb", character=made(rig, tmp_path / "me.glb")))
    hers = dict(zip(DANCER.joint_names, np.swapaxes(motion.positions.astype(float), 0, 1), strict=True))
    for side in SIDES:
        for start, end, joint, her_end in (
            ("UpperArm", "LowerArm", "shoulder", "elbow"),
            ("LowerArm", "Hand", "elbow", "wrist"),
            ("Hand", "MiddleProximal", "wrist", "hand"),
        ):
            way = at[rig.names(f"{side}{end}")] - at[rig.names(f"{side}{start}")]
            assert angle(way, hers[f"{side}_{her_end}"] - hers[f"{side}_{joint}"]) < 0.1
        # Legs are led by where feet stand, with other bones than hers.
        shank = at[rig.names(f"{side}Foot")] - at[rig.names(f"{side}LowerLeg")]
        assert angle(shank, hers[f"{side}_ankle"] - hers[f"{side}_knee"]) < 15


@pytest.mark.parametrize("kind", RIGS)
def test_bones_keep_their_lengths_and_balls_of_feet_are_where_hers_are(smooth_dance, tmp_path, kind):
    rig, motion = RIGS[kind], smooth_dance(40)
    me = made(rig, tmp_path / "me.glb")
    at = played(motion.save(tmp_path / "dance.glb", character=me))
    rest = places(rig)
    for bone, above in PARENTS.items():
        if above:
            length = np.linalg.norm(at[rig.names(bone)] - at[rig.names(above)], axis=1)
            assert np.abs(length - np.linalg.norm(rest[bone] - rest[above])).max() < 1e-5
    share = (rig.thigh + rig.shank) / (0.485 + 0.361)
    for side in SIDES:
        ball = at[rig.names(f"{side}Toes")]
        hers = share * motion.positions[:, DANCER.index(f"{side}_toe")]
        assert np.abs(ball - hers)[:, [0, 2]].max() < 0.05
        assert np.abs(ball - hers)[0, [0, 2]].max() < 0.05


def test_feet_that_stand_do_not_slide_and_lie_on_the_floor(smooth_dance, tmp_path):
    """Her feet are nailed to the floor while she sways: so are those of others, whatever their legs."""
    frames = 60
    time = np.arange(frames) / 25
    wxyz = np.tile(np.array([1.0, 0, 0, 0]), (frames, len(DANCER), 1))
    bend = 0.5 + 0.3 * np.sin(3 * time)
    for side in SIDES:
        for joint, turn in (("hip", -bend), ("knee", 2 * bend), ("ankle", -bend)):
            wxyz[:, DANCER.index(f"{side}_{joint}")] = rotations.about("x", turn)
    root = np.zeros((frames, 3))
    positions = kinematics.forward(DANCER, wxyz, root)
    root -= positions[:, DANCER.index("left_toe")] - [0.05, 0, 0.14]
    motion = Motion(DANCER, wxyz, root, 25.0, np.ones((frames, 2)), {})
    assert np.ptp(motion.positions[:, DANCER.index("right_heel")], axis=0).max() < 1e-5
    for rig in RIGS.values():
        at = played(motion.save(tmp_path / "dance.glb", character=made(rig, tmp_path / "me.glb")))
        for side in SIDES:
            for part, height in (("Foot", 0.08), ("Toes", 0.02)):
                foot = at[rig.names(f"{side}{part}")]
                assert np.ptp(foot, axis=0).max() < 1e-3
                assert np.abs(foot[:, 1] - height).max() < 2e-3
            ahead = at[rig.names(f"{side}Toes")] - at[rig.names(f"{side}Foot")]
            hers = motion.positions[:, DANCER.index(f"{side}_toe")] - motion.positions[:, DANCER.index(f"{side}_heel")]
            assert angle(ahead * [1, 0, 1], hers * [1, 0, 1]) < 1, "feet that point outwards at rest point as hers"


def test_legs_that_stand_reach_the_floor_with_hips_that_tilt(tmp_path):
    """She stands on a straight leg and a bent one, her hips tilted: whoever has wider hips goes down for the straight one."""
    frames = 50
    tilt = 0.35 * np.sin(np.linspace(0, 2 * np.pi, frames))
    wxyz = np.tile(np.array([1.0, 0, 0, 0]), (frames, len(DANCER), 1))
    wxyz[:, 0] = rotations.about("z", tilt)
    still = kinematics.forward(DANCER, wxyz[:1] * 0 + np.array([1.0, 0, 0, 0]), np.zeros((1, 3)))[0]
    wide = still[DANCER.index("left_hip"), 0] - still[DANCER.index("right_hip"), 0]
    long = still[DANCER.index("left_hip"), 1] - still[DANCER.index("left_ankle"), 1]
    for side, sign in zip(SIDES, (1, -1), strict=True):
        over = np.maximum(-sign * wide * np.sin(tilt), 0)
        bend = np.arccos(np.clip(1 - over / long, -1, 1))
        thigh = rotations.multiply(rotations.inverse(wxyz[:, 0]), rotations.about("x", -bend))
        wxyz[:, DANCER.index(f"{side}_hip")] = thigh
        wxyz[:, DANCER.index(f"{side}_knee")] = rotations.about("x", 2 * bend)
        wxyz[:, DANCER.index(f"{side}_ankle")] = rotations.about("x", -bend)
    root = np.zeros((frames, 3))
    positions = kinematics.forward(DANCER, wxyz, root)
    root[:, 1] = -positions[..., 1].min(axis=1)
    motion = Motion(DANCER, wxyz, root, 25.0, np.ones((frames, 2)), {})
    ankles = motion.positions[:, [DANCER.index(f"{side}_ankle") for side in SIDES], 1]
    assert np.ptp(ankles) < 0.01, "she stands on both feet"
    rig = Rig(mixamo, hips=0.16)
    at = played(motion.save(tmp_path / "dance.glb", character=made(rig, tmp_path / "me.glb")))
    for side in SIDES:
        assert np.abs(at[rig.names(f"{side}Foot")][:, 1] - 0.08).max() < 0.012


def test_feet_that_a_file_says_nothing_of_are_found(smooth_dance, tmp_path):
    motion, own = smooth_dance(50), made(RIGS["vrm 1"], tmp_path / "own.glb")
    character = characters.opened(own)
    standing = kinematics.contacts(DANCER, motion.positions, motion.fps)
    expected = characters.danced(replace(motion, contacts=standing), character)
    for feet in ((), (DANCER.feet[1],), (*DANCER.feet, ("head",))):
        body = Skeleton(DANCER.joint_names, DANCER.parents, DANCER.offsets, feet)
        said_otherwise = Motion(body, motion.rotations, motion.root, motion.fps, np.ones((50, len(feet)), dtype=bool))
        np.testing.assert_allclose(characters.danced(said_otherwise, character).positions, expected.positions, atol=1e-6)


def test_a_moment_is_a_dance_and_none_is_refused(smooth_dance, tmp_path):
    character = characters.opened(made(RIGS["vrm 1"], tmp_path / "own.glb"))
    assert np.isfinite(characters.danced(smooth_dance(1), character).positions).all()
    with pytest.raises(ExportError, match="without frames"):
        characters.danced(Motion(DANCER, np.zeros((0, 22, 4)), np.zeros((0, 3)), 25.0, np.zeros((0, 2))), character)


def test_ones_own_dancer_dances_as_herself(smooth_dance, tmp_path):
    motion = smooth_dance(40)
    own = motion.save(tmp_path / "own.glb")
    one, other = played(own), played(motion.save(tmp_path / "again.glb", character=own))
    for names in HUMANOID.values():
        assert np.abs(one[names.mixamo] - other[names.mixamo]).max() < TENTH_OF_A_MILLIMETRE


@pytest.mark.parametrize("kind", RIGS)
def test_nothing_but_the_animation_changes(smooth_dance, tmp_path, kind):
    me = made(RIGS[kind], tmp_path / "me.glb")
    dance = smooth_dance(10).save(tmp_path / "dance.glb", character=me)
    before, after = Document(me.read_bytes()), Document(dance.read_bytes())
    assert after.binary.startswith(before.binary)
    for key, value in before.json.items():
        if key in ("accessors", "bufferViews"):
            assert after.json[key][: len(value)] == value
        elif key not in ("animations", "buffers", "extras"):
            assert after.json[key] == value, key
    assert after.json["extras"]["made"] == "by hand"
    assert after.json["extras"]["ballo"]["character"] == "me"
    assert len(after.json["animations"]) == 1
    assert smooth_dance(10).save(tmp_path / "again.glb", character=me).read_bytes() == dance.read_bytes()


@pytest.mark.parametrize("kind", RIGS)
def test_the_khronos_validator_finds_nothing_that_was_not_there(smooth_dance, validated, tmp_path, kind):
    me = made(RIGS[kind], tmp_path / "me.glb")
    before, issues = validated(me), validated(smooth_dance(10).save(tmp_path / "dance.glb", character=me))
    assert (before["numErrors"], issues["numErrors"]) == (0, 0), issues["messages"]
    # "VRM" is not the name of an extension, as glTF has them.
    assert issues["numWarnings"] == before["numWarnings"] == (kind == "vrm 0"), issues["messages"]


@pytest.mark.parametrize("kind", RIGS)
def test_blender_finds_every_bone_where_the_file_has_it(smooth_dance, blender, tmp_path, kind):
    dance = smooth_dance(30).save(tmp_path / "dance.glb", character=made(RIGS[kind], tmp_path / "me.glb"))
    opened, at = blender(dance, 25.0), played(dance)
    for number, name in enumerate(opened["names"]):
        assert np.abs(opened["positions"][:, number] - at[str(name)]).max() < TENTH_OF_A_MILLIMETRE


def test_what_is_written_is_read_back_as_a_motion(smooth_dance, tmp_path):
    motion = smooth_dance(30)
    dance = motion.save(tmp_path / "dance.glb", character=made(RIGS["mixamo"], tmp_path / "me.glb"))
    again, at = reading.read(dance), played(dance)
    assert (again.fps, again.meta) == (motion.fps, motion.meta)
    for number, name in enumerate(again.skeleton.joint_names):
        assert np.abs(again.positions[:, number] - at[name]).max() < TENTH_OF_A_MILLIMETRE


def test_an_fbx_of_a_character_comes_out_of_blender(smooth_dance, blender, bpy_python, tmp_path, monkeypatch):
    monkeypatch.setenv("BALLO_BLENDER", bpy_python)
    motion, me = smooth_dance(20), made(RIGS["mixamo"], tmp_path / "me.glb")
    at = played(motion.save(tmp_path / "dance.glb", character=me))
    opened = blender(motion.save(tmp_path / "dance.fbx", character=me), 25.0)
    for number, name in enumerate(opened["names"]):
        assert np.abs(opened["positions"][:, number] - at[str(name)]).max() < 1e-3


# Names.

SCHEMES = {
    "mixamo": "mixamorig:LeftUpLeg mixamorig:LeftLeg mixamorig:LeftFoot mixamorig:LeftArm mixamorig:LeftForeArm"
    " mixamorig:LeftHand mixamorig:Hips mixamorig:Head",
    "mixamo in three.js": "mixamorigLeftUpLeg mixamorigLeftLeg mixamorigLeftFoot mixamorigLeftArm mixamorigLeftForeArm"
    " mixamorigLeftHand mixamorigHips mixamorigHead",
    "mixamo numbered": "mixamorig1:LeftUpLeg mixamorig1:LeftLeg mixamorig1:LeftFoot mixamorig1:LeftArm mixamorig1:LeftForeArm"
    " mixamorig1:LeftHand mixamorig1:Hips mixamorig1:Head",
    "ready player me": "LeftUpLeg LeftLeg LeftFoot LeftArm LeftForeArm LeftHand Hips Head",
    "unreal": "thigh_l calf_l foot_l upperarm_l lowerarm_l hand_l pelvis head",
    "unity": "LeftUpperLeg LeftLowerLeg LeftFoot LeftUpperArm LeftLowerArm LeftHand Hips Head",
    "rigify": "DEF-thigh.L DEF-shin.L DEF-foot.L DEF-upper_arm.L DEF-forearm.L DEF-hand.L DEF-hips DEF-head",
    "vroid": "J_Bip_L_UpperLeg J_Bip_L_LowerLeg J_Bip_L_Foot J_Bip_L_UpperArm J_Bip_L_LowerArm J_Bip_L_Hand"
    " J_Bip_C_Hips J_Bip_C_Head",
    "biped": "Bip01 L Thigh|Bip01 L Calf|Bip01 L Foot|Bip01 L UpperArm|Bip01 L Forearm|Bip01 L Hand|Bip01 Pelvis|Bip01 Head",
    "valve": "ValveBiped.Bip01_L_Thigh ValveBiped.Bip01_L_Calf ValveBiped.Bip01_L_Foot ValveBiped.Bip01_L_UpperArm"
    " ValveBiped.Bip01_L_Forearm ValveBiped.Bip01_L_Hand ValveBiped.Bip01_Pelvis ValveBiped.Bip01_Head",
    "character creator": "CC_Base_L_Thigh CC_Base_L_Calf CC_Base_L_Foot CC_Base_L_Upperarm CC_Base_L_Forearm CC_Base_L_Hand"
    " CC_Base_Hip CC_Base_Head",
    "daz": "lThighBend lShin lFoot lShldrBend lForearmBend lHand hip head",
    "xsens": "LeftUpperLeg LeftLowerLeg LeftFoot LeftUpperArm LeftForeArm LeftHand Pelvis Head",
    "rokoko": "LeftThigh LeftShin LeftFoot LeftArm LeftForeArm LeftHand Hips Head",
    "smpl": "L_Hip L_Knee L_Ankle L_Shoulder L_Elbow L_Wrist Pelvis Head",
    "smpl-x": "left_hip left_knee left_ankle left_shoulder left_elbow left_wrist pelvis head",
    "smpl of maya": "m_avg_L_Hip m_avg_L_Knee m_avg_L_Ankle m_avg_L_Shoulder m_avg_L_Elbow m_avg_L_Wrist"
    " m_avg_Pelvis m_avg_Head",
    "vrchat": "Left leg|Left knee|Left ankle|Left arm|Left elbow|Left wrist|Hips|Head",
    "mmd": "左足 左ひざ 左足首 左腕 左ひじ 左手首 腰 頭",
    "packed scenes": "LeftUpLeg_055 LeftLeg_056 LeftFoot_057 LeftArm_08 LeftForeArm_09 LeftHand_010 Hips_01 Head_05",
    "ballo": "left_hip left_knee left_ankle left_shoulder left_elbow left_wrist pelvis head",
}
FOLLOWING = {
    "smpl": {"leftToes": "L_Foot", "leftShoulder": "L_Collar", "leftMiddleProximal": "L_Hand"},
    "mixamo": {"leftToes": "mixamorig:LeftToeBase", "leftShoulder": "mixamorig:LeftShoulder"},
    "biped": {"leftToes": "Bip01 L Toe0", "leftShoulder": "Bip01 L Clavicle", "leftMiddleProximal": "Bip01 L Finger2"},
    "vrchat": {"leftToes": "Left toe", "leftShoulder": "Left shoulder"},
    "unreal": {"leftToes": "ball_l", "leftShoulder": "clavicle_l", "leftMiddleProximal": "middle_01_l"},
    "rigify": {"leftToes": "DEF-toe.L", "leftShoulder": "DEF-shoulder.L", "leftMiddleProximal": "DEF-f_middle.01.L"},
    "ballo": {"leftToes": "left_toe", "leftHeel": "left_heel", "leftMiddleProximal": "left_hand"},
}


def mirrored(name: str) -> str:
    for left, right in (("Left", "Right"), ("left", "right"), ("左", "右")):
        if left in name:
            return name.replace(left, right)
    for left, right in ((".L", ".R"), ("_L", "_R"), (" L ", " R "), ("_l", "_r"), ("L_", "R_"), ("lS", "rS"), ("lT", "rT")):
        if left in name:
            return name.replace(left, right, 1)
    return "r" + name[1:]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_names_that_rigs_have_are_known(scheme):
    said = SCHEMES[scheme].split("|" if "|" in SCHEMES[scheme] else " ")
    names = dict(zip((*(f"left{part}" for part in LIMBS), "hips", "head"), said, strict=True)) | FOLLOWING.get(scheme, {})
    names |= {bone.replace("left", "right"): mirrored(name) for bone, name in names.items() if bone.startswith("left")}
    # With what else hangs in such rigs, whose names are nearly bones'.
    decoys = [
        "LeftUpLegTwist",
        "upperarm_twist_01_l",
        "DEF-thigh.L.001",
        "ik_hand_l",
        "HeadTop_End",
        "left_eye",
        "LeftHandThumb1",
    ]
    order = ["hips", *(bone for bone in PARENTS if bone in names and bone != "hips"), *(b for b in names if b not in PARENTS)]
    tree = PARENTS | {"leftHeel": "leftFoot", "rightHeel": "rightFoot"}
    nodes: list[dict] = [{"name": names[bone], "children": []} for bone in order]
    for number, bone in enumerate(order[1:], start=1):
        above = tree[bone]
        while above not in names:
            above = tree[above]
        nodes[order.index(above)]["children"].append(number)
    for decoy in decoys:
        nodes[0]["children"].append(len(nodes))
        nodes.append({"name": decoy})
    document = {"nodes": nodes, "skins": [{"joints": list(range(len(nodes)))}]}
    found = bones_of(document, parents_of(nodes))
    assert {bone: nodes[node]["name"] for bone, node in found.items()} == names


# What is refused.


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.pop("skins"), "no skin"),
        (lambda d: [node.update(name="bone") for node in d["nodes"]], "missing hips, head"),
        (lambda d: d["nodes"][0].update(children=[1]), "does not hang|missing"),
        (lambda d: d["buffers"][0].update(uri="me.bin"), "file beside it"),
        (lambda d: d["images"].append({"uri": "skin.png"}), "textures are in files beside"),
        (lambda d: d["nodes"][0].update(scale=[1, 1, 2]), "stretches"),
        (lambda d: d["nodes"][0].update(scale=[-1, 1, 1]), "mirrors"),
        (lambda d: d["nodes"][0].update(scale=[0, 0, 0]), "stretches"),
        (lambda d: d["nodes"][0].update(rotation=[0.7, 0, 0, 0.7]), "upright"),
        (lambda d: d["nodes"][1].update(children=[1]), "no tree"),
        (lambda d: d["nodes"][0].update(translation=[0, 1e9, 0]), "hang from|upright|nowhere"),
    ],
)
def test_what_cannot_be_driven_is_refused_in_one_line(tmp_path, change, reason):
    path = changed(made(Rig(mixamo), tmp_path / "me.glb"), change)
    with pytest.raises(ExportError, match=reason) as refused:
        characters.opened(path)
    assert "\n" not in str(refused.value)
    assert path.name in str(refused.value)


def test_what_is_no_character_is_refused(smooth_dance, tmp_path):
    for name, reason in (("me.gltf", "as one .glb"), ("me.fbx", "is a .glb or .vrm"), ("me.vrm", "no such file")):
        with pytest.raises(ExportError, match=reason):
            characters.opened(tmp_path / name)
    me = made(Rig(mixamo), tmp_path / "me.glb")
    stranger = reading.read(smooth_dance(5).save(tmp_path / "dance.glb", character=me))
    with pytest.raises(ExportError, match=r"ballo's own dancer"):
        stranger.save(tmp_path / "again.glb", character=me)
    with pytest.raises(ExportError, match="keep their own names"):
        smooth_dance(5).save(tmp_path / "again.glb", character=me, names="unreal")
    with pytest.raises(BalloError, match="no option character"):
        smooth_dance(5).save(tmp_path / "dance.npz", character=me)


def test_hundreds_of_mutations_end_in_a_dance_or_in_one_line(smooth_dance, tmp_path):
    dice, motion = random.Random(7), smooth_dance(3)
    valid = [made(rig, tmp_path / f"{number}.glb").read_bytes() for number, rig in enumerate(RIGS.values())]
    path, danced, refusals = tmp_path / "mutated.glb", 0, set()
    for number in range(MUTATIONS):
        path.write_bytes(mutated(dice.choice(valid), dice, tmp_path) if number % 4 else broken(dice.choice(valid), dice))
        try:
            with np.errstate(all="ignore"):
                motion.save(tmp_path / "dance.glb", character=path)
        except BalloError as error:
            said = str(error)
            refusals.add(said.split(path.name)[-1][:40])
            assert "\n" not in said, said
            assert len(said) < 1000
            continue
        danced += 1
        document = Document((tmp_path / "dance.glb").read_bytes())
        for sampler in document.json["animations"][0]["samplers"]:
            assert len(document.array(sampler["output"])) == len(motion)
    assert 0 < danced < MUTATIONS
    assert len(refusals) > 10, "mutations that are all refused for one reason test little"


def broken(data: bytes, dice: random.Random) -> bytes:
    changed_bytes = bytearray(data)
    for _ in range(dice.choice((1, 8, 60))):
        changed_bytes[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(changed_bytes[: dice.randrange(len(data))] if dice.random() < 0.3 else changed_bytes)


def mutated(data: bytes, dice: random.Random, folder: Path) -> bytes:
    document = Document(data)
    changed_json = json.loads(rearranged(json.dumps(document.json).encode(), dice))
    return packed(changed_json, document.binary, folder / "packed.glb").read_bytes()
