// A dance as it was packed, unpacked, and its pose at any moment. Axes: T frames, J joints.
import { bytes, inflated, type DanceData } from "./data";

/** A pose: J local quaternions xyzw (three's order), and where the root is. */
export interface Pose {
  turns: Float32Array;
  root: Float32Array;
}

export function restPose(joints: number): Pose {
  const turns = new Float32Array(4 * joints);
  for (let joint = 0; joint < joints; joint++) turns[4 * joint + 3] = 1;
  return { turns, root: new Float32Array(3) };
}

/** Rotations (T, J, 4) xyzw and root (T, 3) at a rate. */
export class Motion {
  constructor(
    readonly turns: Float32Array,
    readonly root: Float32Array,
    readonly frames: number,
    readonly fps: number,
  ) {}

  get seconds(): number {
    return this.frames / this.fps;
  }

  /** The pose at `seconds`: between two frames along the shortest turn; before the first and after the last, theirs. */
  pose(seconds: number, into: Pose): void {
    const place = Math.min(Math.max(seconds * this.fps, 0), this.frames - 1);
    const first = Math.min(Math.floor(place), this.frames - 1);
    const second = Math.min(first + 1, this.frames - 1);
    const share = place - first;
    const width = into.turns.length;
    for (let at = 0; at < width; at += 4) slerp(this.turns, first * width + at, second * width + at, share, into.turns, at);
    for (let axis = 0; axis < 3; axis++) {
      const from = this.root[3 * first + axis];
      into.root[axis] = from + share * (this.root[3 * second + axis] - from);
    }
  }
}

/** Unpacks a dance of `joints` joints; see ballo/export/packing.py for how it was packed. */
export async function unpacked(data: DanceData, joints: number): Promise<Motion> {
  const columns = columnsOf(await inflated(bytes(data.motion)), 3 * joints + 3, data.frames);
  const turns = new Float32Array(4 * joints * data.frames);
  const root = new Float32Array(3 * data.frames);
  for (let frame = 0; frame < data.frames; frame++) {
    for (let joint = 0; joint < joints; joint++) {
      const vector = [0, 1, 2].map((axis) => columns[3 * joint + axis][frame] * data.turn_step);
      turned(vector, turns, 4 * (frame * joints + joint));
    }
    for (let axis = 0; axis < 3; axis++) root[3 * frame + axis] = columns[3 * joints + axis][frame] * data.metre_step;
  }
  return new Motion(turns, root, data.frames, data.fps);
}

/** Whole numbers (columns, T) from byte planes of the zigzag of their second differences in time. */
function columnsOf(planes: Uint8Array, count: number, frames: number): Int32Array[] {
  const size = count * frames;
  if (planes.length !== 4 * size) throw new Error(`the motion holds ${planes.length} bytes, not ${4 * size}`);
  const columns: Int32Array[] = [];
  for (let column = 0; column < count; column++) {
    const values = new Int32Array(frames);
    let step = 0;
    let value = 0;
    for (let frame = 0; frame < frames; frame++) {
      const at = column * frames + frame;
      const folded = (planes[at] | (planes[at + size] << 8) | (planes[at + 2 * size] << 16) | (planes[at + 3 * size] << 24)) >>> 0;
      step = (step + ((folded >>> 1) ^ -(folded & 1))) | 0;
      value = (value + step) | 0;
      values[frame] = value;
    }
    columns.push(values);
  }
  return columns;
}

/** A rotation vector (axis times radians) to a quaternion xyzw at `at`. */
function turned(vector: number[], into: Float32Array, at: number): void {
  const angle = Math.hypot(vector[0], vector[1], vector[2]);
  const scale = angle > 1e-9 ? Math.sin(angle / 2) / angle : 0.5;
  for (let axis = 0; axis < 3; axis++) into[at + axis] = vector[axis] * scale;
  into[at + 3] = Math.cos(angle / 2);
}

function slerp(from: Float32Array, a: number, b: number, share: number, into: Float32Array, at: number): void {
  let cosine = 0;
  for (let axis = 0; axis < 4; axis++) cosine += from[a + axis] * from[b + axis];
  const sign = cosine < 0 ? -1 : 1;
  const angle = Math.acos(Math.min(1, Math.abs(cosine)));
  const sine = Math.sin(angle);
  const first = sine > 1e-5 ? Math.sin((1 - share) * angle) / sine : 1 - share;
  const second = sign * (sine > 1e-5 ? Math.sin(share * angle) / sine : share);
  for (let axis = 0; axis < 4; axis++) into[at + axis] = first * from[a + axis] + second * from[b + axis];
}
