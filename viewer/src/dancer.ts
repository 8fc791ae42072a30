// One dancer in the scene: her motion, rig, body, skeleton, and the dark under her feet.
import {
  BufferAttribute,
  BufferGeometry,
  CanvasTexture,
  Color,
  Group,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  OctahedronGeometry,
  PlaneGeometry,
  Quaternion,
  Vector3,
} from "three";
import type { Body } from "./body/body";
import type { Model } from "./body/model";
import { pathOf } from "./camera";
import type { BodyData, Clothes, DanceData } from "./data";
import { restPose, type Motion, type Pose } from "./motion";
import type { Rig } from "./rig";

const BONE_WIDTH = 0.016;
const DARK_METRES = 0.34;
/** How high a foot is when the floor under it is a third as dark. */
const DARK_HEIGHT = 0.09;

export class Dancer {
  readonly group = new Group();
  readonly rig: Rig;
  readonly body: Body;
  readonly feet: number[];
  private readonly pose: Pose;
  private readonly path: Float32Array;
  private readonly bones: Bones;
  private readonly darks: Mesh[];
  private inside = false;
  /** The one colour that stands for her on the timeline and in labels. */
  accent = "";

  constructor(
    readonly data: DanceData,
    skeleton: BodyData,
    readonly motion: Motion,
    model: Model,
  ) {
    ({ rig: this.rig, body: this.body } = model.dancer());
    this.pose = restPose(skeleton.joints.length);
    this.path = pathOf(this.places(), motion.frames, motion.fps);
    this.bones = new Bones(this.rig);
    this.feet = data.feet.map((name) => skeleton.joints.indexOf(name)).filter((joint) => joint >= 0);
    this.darks = this.feet.map(() => dark());
    this.group.add(this.rig.root, this.body.mirrored, this.body.veils, this.bones.mesh, ...this.darks);
    this.skeleton(false);
  }

  dress(clothes: Clothes): void {
    this.accent = clothes[1];
    this.body.dress(clothes);
    this.bones.dress(clothes);
  }

  /** Take the pose of a moment. */
  show(seconds: number): void {
    this.motion.pose(seconds, this.pose);
    this.rig.take(this.pose);
    this.rig.root.updateMatrixWorld(true);
    this.body.follow();
    if (this.inside) this.bones.follow();
    const place = new Vector3();
    this.darks.forEach((mesh, number) => {
      this.rig.place(this.feet[number], place);
      mesh.position.set(place.x, 0.002, place.z);
      (mesh.material as MeshBasicMaterial).opacity = 0.5 * Math.exp(-Math.max(0, place.y - 0.01) / DARK_HEIGHT);
    });
  }

  /** Where she is on the floor, smoothed. */
  centre(seconds: number, into: Vector3): Vector3 {
    const place = Math.min(Math.max(seconds * this.motion.fps, 0), this.motion.frames - 1);
    const first = Math.floor(place);
    const second = Math.min(first + 1, this.motion.frames - 1);
    const share = place - first;
    const [x, z] = [0, 2].map((axis) => this.path[3 * first + axis] * (1 - share) + this.path[3 * second + axis] * share);
    return into.set(x, 0, z);
  }

  /** Where each joint is in the scene: J places in metres. */
  joints(): number[][] {
    const place = new Vector3();
    return this.rig.nodes.map((_, joint) => this.rig.place(joint, place).toArray());
  }

  /** Where the root is in the world, frame by frame (T, 3). */
  private places(): Float32Array {
    const { root, frames } = this.motion;
    const [places, place] = [new Float32Array(3 * frames), new Vector3()];
    for (let frame = 0; frame < frames; frame++) this.rig.toWorld(place.fromArray(root, 3 * frame)).toArray(places, 3 * frame);
    return places;
  }

  skeleton(shown: boolean): void {
    this.inside = shown;
    this.bones.mesh.visible = shown;
    this.body.fade(shown ? 0.3 : 1);
    if (shown) this.bones.follow();
  }

  mirror(shown: boolean): void {
    this.body.mirrored.visible = shown;
  }
}

/** A skeleton drawn as long octahedra from joint to joint. */
class Bones {
  readonly mesh: InstancedMesh;
  private readonly pairs: [number, number][];

  constructor(private readonly rig: Rig) {
    this.pairs = rig.data.parents.flatMap((parent, joint): [number, number][] => (parent < 0 ? [] : [[parent, joint]]));
    const material = new MeshBasicMaterial({ depthTest: false, transparent: true });
    this.mesh = new InstancedMesh(boneShape(), material, Math.max(1, this.pairs.length));
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 6;
  }

  dress(clothes: Clothes): void {
    this.pairs.forEach(([, joint], number) => this.mesh.setColorAt(number, new Color(clothes[sideOf(this.rig.data.joints[joint])])));
    if (this.mesh.instanceColor) this.mesh.instanceColor.needsUpdate = true;
  }

  follow(): void {
    const [from, to, along] = [new Vector3(), new Vector3(), new Vector3()];
    const turn = new Quaternion();
    const up = new Vector3(0, 1, 0);
    const frame = new Matrix4();
    this.pairs.forEach(([parent, joint], number) => {
      this.rig.place(parent, from);
      along.subVectors(this.rig.place(joint, to), from);
      const length = along.length();
      turn.setFromUnitVectors(up, length > 1e-6 ? along.divideScalar(length) : up);
      frame.compose(from, turn, new Vector3(BONE_WIDTH, length, BONE_WIDTH));
      this.mesh.setMatrixAt(number, frame);
    });
    this.mesh.instanceMatrix.needsUpdate = true;
  }
}

/** An octahedron from 0 to 1 along y, widest at a fifth. */
function boneShape(): BufferGeometry {
  const shape = new OctahedronGeometry(1);
  const places = shape.getAttribute("position") as BufferAttribute;
  for (let at = 0; at < places.count; at++) {
    const height = places.getY(at);
    places.setY(at, height > 0.5 ? 1 : height < -0.5 ? 0 : 0.2);
  }
  return shape;
}

/** Names as programs give them: left_knee, LeftUpLeg, mixamorig:LeftArm, J_Bip_L_Hand, thigh_l, Hand.L. */
const LEFT = /left|(^|[_.:\s-])l([_.:\s-]|$)/i;
const RIGHT = /right|(^|[_.:\s-])r([_.:\s-]|$)/i;

/** The kind of part whose colour a joint's bone has. */
function sideOf(name: string): 1 | 2 | 3 {
  return LEFT.test(name) ? 1 : RIGHT.test(name) ? 2 : 3;
}

let soft: CanvasTexture | null = null;

/** A round dark spot on the floor. */
function dark(): Mesh {
  soft ??= spot();
  const material = new MeshBasicMaterial({ map: soft, color: 0x000000, transparent: true, depthWrite: false });
  const mesh = new Mesh(new PlaneGeometry(DARK_METRES, DARK_METRES).rotateX(-Math.PI / 2), material);
  mesh.renderOrder = 3;
  return mesh;
}

function spot(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (pen) {
    const shade = pen.createRadialGradient(32, 32, 0, 32, 32, 32);
    for (let step = 0; step <= 8; step++) {
      const at = step / 8;
      shade.addColorStop(at, `rgba(255,255,255,${(Math.exp(-3.5 * at * at) * (1 - at)).toFixed(3)})`);
    }
    pen.fillStyle = shade;
    pen.fillRect(0, 0, 64, 64);
  }
  return new CanvasTexture(canvas);
}
