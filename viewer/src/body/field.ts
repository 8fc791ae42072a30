// A body as a field: round cones that melt into one another, sampled on a grid. Its surface is where the field is 0.
import type { BodyData } from "../data";
import type { Binding } from "../rig";

/** Kinds of parts, as in ballo/export/figure.py. */
export const TORSO = 0;
export const LEFT = 1;
export const RIGHT = 2;
export const SKIN = 3;
export const HAIR = 4;

/** How far a part of each kind melts into its neighbours, in metres. */
const MELT = [0.014, 0.005, 0.005, 0.008, 0.0045];
/** Outside this many melting lengths a part is not felt. */
const REACH = 7;
/** The field where nothing is felt. */
const NOTHING = -16;

/** A cone with round ends. */
export interface Part {
  start: [number, number, number];
  axis: [number, number, number];
  lengthSquared: number;
  radius: number;
  widening: number;
  kind: number;
}

/** Samples of a field on a grid of `cell` metres; x runs fastest, then y, then z. */
export interface Field {
  values: Float32Array;
  size: [number, number, number];
  origin: [number, number, number];
  cell: number;
}

export function partsOf(data: BodyData, binding: Binding): Part[] {
  return data.parts.map(([from, to, first, second, kind]) => {
    const a = binding.points[from];
    const b = binding.points[to];
    const axis: [number, number, number] = [b.x - a.x, b.y - a.y, b.z - a.z];
    const lengthSquared = axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2;
    return { start: [a.x, a.y, a.z], axis, lengthSquared, radius: first, widening: second - first, kind };
  });
}

/** How far a point is outside a part (inside it is negative), in metres. */
export function away(part: Part, x: number, y: number, z: number): number {
  const [px, py, pz] = [x - part.start[0], y - part.start[1], z - part.start[2]];
  const along = px * part.axis[0] + py * part.axis[1] + pz * part.axis[2];
  const share = part.lengthSquared > 1e-9 ? Math.min(1, Math.max(0, along / part.lengthSquared)) : 0;
  const dx = px - share * part.axis[0];
  const dy = py - share * part.axis[1];
  const dz = pz - share * part.axis[2];
  return Math.sqrt(dx * dx + dy * dy + dz * dz) - part.radius - share * part.widening;
}

/** Sample the sum of exp(-away / melt) over the parts, as its logarithm: positive inside. */
export function sampled(parts: readonly Part[], cell: number): Field {
  const low = [0, 1, 2].map((axis) => Math.min(...parts.map((part) => box(part, axis)[0])) - 2 * cell);
  const high = [0, 1, 2].map((axis) => Math.max(...parts.map((part) => box(part, axis)[1])) + 2 * cell);
  const size = low.map((start, axis) => Math.ceil((high[axis] - start) / cell) + 1) as Field["size"];
  const values = new Float32Array(size[0] * size[1] * size[2]);
  for (const part of parts) {
    const melt = MELT[part.kind];
    const [first, last] = [0, 1].map((end) =>
      low.map((start, axis) => {
        const edge = box(part, axis)[end] + (end ? 1 : -1) * REACH * melt;
        return Math.min(size[axis] - 1, Math.max(0, Math.round((edge - start) / cell)));
      }),
    );
    for (let k = first[2]; k <= last[2]; k++) {
      for (let j = first[1]; j <= last[1]; j++) {
        const row = size[0] * (j + size[1] * k);
        for (let i = first[0]; i <= last[0]; i++) {
          const distance = away(part, low[0] + i * cell, low[1] + j * cell, low[2] + k * cell) / melt;
          if (distance < REACH) values[row + i] += Math.exp(Math.min(40, -distance));
        }
      }
    }
  }
  for (let at = 0; at < values.length; at++) values[at] = values[at] > 0 ? Math.max(NOTHING, Math.log(values[at])) : NOTHING;
  return { values, size, origin: [low[0], low[1], low[2]], cell };
}

function box(part: Part, axis: number): [number, number] {
  const ends = [
    [part.start[axis], part.radius],
    [part.start[axis] + part.axis[axis], part.radius + part.widening],
  ];
  return [Math.min(...ends.map(([at, r]) => at - r)), Math.max(...ends.map(([at, r]) => at + r))];
}
