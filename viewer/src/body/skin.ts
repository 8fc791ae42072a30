// Which joints each vertex of a body follows, and how much.
import type { Vector3 } from "three";
import type { BodyData } from "../data";

/** Four joints a vertex (V, 4) and their shares (V, 4), which add up to 1. */
export interface Skin {
  joints: Uint16Array;
  shares: Float32Array;
}

/** How softly a vertex passes from one joint's bones to the next one's, in metres; trunks are softer than limbs. */
const SOFT_TRUNK = 0.035;
const SOFT_LIMB = 0.014;

interface Bones {
  joint: number;
  segments: [Vector3, Vector3][];
}

/** Bind vertices to the joints whose bones they are near, the nearest and its neighbours in the skeleton. */
export function skinOf(data: BodyData, joints: readonly Vector3[], places: Float32Array): Skin {
  const bodies = rigid(data, joints);
  const count = places.length / 3;
  const skin = { joints: new Uint16Array(4 * count), shares: new Float32Array(4 * count) };
  for (let vertex = 0; vertex < count; vertex++) {
    const [x, y, z] = places.subarray(3 * vertex, 3 * vertex + 3);
    const distances = bodies.map((body) => Math.min(...body.segments.map(([a, b]) => fromSegment(a, b, x, y, z))));
    const nearest = distances.indexOf(Math.min(...distances));
    const found = bodies
      .map((body, number) => ({ joint: body.joint, share: weight(data, bodies[nearest].joint, body.joint, distances[number] - distances[nearest]) }))
      .sort((one, other) => other.share - one.share)
      .slice(0, 4);
    const sum = found.reduce((total, one) => total + one.share, 0);
    found.forEach(({ joint, share }, number) => {
      skin.joints[4 * vertex + number] = joint;
      skin.shares[4 * vertex + number] = share / sum;
    });
  }
  return skin;
}

/** What turns with each joint: the bones to its children. A skeleton of one joint has that joint. */
function rigid(data: BodyData, joints: readonly Vector3[]): Bones[] {
  const bodies = joints.slice(0, data.joints.length).map((place, joint): Bones => {
    const children = data.parents.flatMap((parent, child) => (parent === joint ? [child] : []));
    return { joint, segments: children.map((child) => [place, joints[child]]) };
  });
  const bony = bodies.filter((body) => body.segments.length > 0);
  return bony.length ? bony : [{ joint: 0, segments: [[joints[0], joints[0]]] }];
}

function weight(data: BodyData, nearest: number, joint: number, farther: number): number {
  const related = joint === nearest || data.parents[joint] === nearest || data.parents[nearest] === joint;
  if (!related) return 0;
  const trunk = [nearest, joint].every((one) => data.parents.filter((parent) => parent === one).length !== 1);
  return Math.exp(-farther / (trunk ? SOFT_TRUNK : SOFT_LIMB));
}

function fromSegment(a: Vector3, b: Vector3, x: number, y: number, z: number): number {
  const [dx, dy, dz] = [b.x - a.x, b.y - a.y, b.z - a.z];
  const squared = dx * dx + dy * dy + dz * dz;
  const along = squared > 1e-9 ? ((x - a.x) * dx + (y - a.y) * dy + (z - a.z) * dz) / squared : 0;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - a.x - share * dx, y - a.y - share * dy, z - a.z - share * dz);
}
