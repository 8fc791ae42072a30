// The surface of a field as triangles: one vertex in every cell that the surface crosses.
// Source: Gibson, Constrained Elastic Surface Nets, 1998, without the relaxation.
import type { Field } from "./field";

/** V vertices in metres, and triangles, counter-clockwise seen from outside. */
export interface Surface {
  places: Float32Array;
  triangles: Uint32Array;
}

const CORNERS = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => [corner & 1, (corner >> 1) & 1, corner >> 2]);
const EDGES: [number, number][] = [];
for (let corner = 0; corner < 8; corner++) {
  for (const bit of [1, 2, 4]) if (!(corner & bit)) EDGES.push([corner, corner | bit]);
}

export function surfaceOf(field: Field): Surface {
  const [width, height, depth] = field.size;
  const vertexOf = new Int32Array(width * height * depth).fill(-1);
  const places: number[] = [];
  for (let k = 0; k + 1 < depth; k++) {
    for (let j = 0; j + 1 < height; j++) {
      for (let i = 0; i + 1 < width; i++) {
        const at = i + width * (j + height * k);
        const middle = crossing(field, at);
        if (!middle) continue;
        vertexOf[at] = places.length / 3;
        const corner = [i, j, k];
        for (let axis = 0; axis < 3; axis++) places.push(field.origin[axis] + (corner[axis] + middle[axis]) * field.cell);
      }
    }
  }
  return { places: new Float32Array(places), triangles: new Uint32Array(trianglesOf(field, vertexOf)) };
}

/** The mean of where the surface crosses a cell's edges, in cells from its corner; nothing if it crosses none. */
function crossing(field: Field, at: number): [number, number, number] | null {
  const [width, height] = field.size;
  let inside = 0;
  for (let corner = 0; corner < 8; corner++) {
    inside += Number(field.values[at + (corner & 1) + width * (((corner >> 1) & 1) + height * (corner >> 2))] > 0);
  }
  if (inside === 0 || inside === 8) return null;
  const value = CORNERS.map(([x, y, z]) => field.values[at + x + width * (y + height * z)]);
  const sum: [number, number, number] = [0, 0, 0];
  let crossed = 0;
  for (const [from, to] of EDGES) {
    if (value[from] > 0 === value[to] > 0) continue;
    const share = value[from] / (value[from] - value[to]);
    for (let axis = 0; axis < 3; axis++) sum[axis] += CORNERS[from][axis] + share * (CORNERS[to][axis] - CORNERS[from][axis]);
    crossed++;
  }
  return [sum[0] / crossed, sum[1] / crossed, sum[2] / crossed];
}

/** Two triangles around each of the grid's edges that the surface crosses. */
function trianglesOf(field: Field, vertexOf: Int32Array): number[] {
  const [width, height, depth] = field.size;
  const steps = [1, width, width * height];
  const out: number[] = [];
  for (let k = 1; k + 1 < depth; k++) {
    for (let j = 1; j + 1 < height; j++) {
      for (let i = 1; i + 1 < width; i++) {
        const at = i + width * (j + height * k);
        for (let axis = 0; axis < 3; axis++) {
          const here = field.values[at] > 0;
          if (here === field.values[at + steps[axis]] > 0) continue;
          const [u, v] = [steps[(axis + 1) % 3], steps[(axis + 2) % 3]];
          const around = [at - u - v, at - v, at, at - u].map((cell) => vertexOf[cell]);
          if (!here) around.reverse();
          out.push(around[0], around[1], around[2], around[0], around[2], around[3]);
        }
      }
    }
  }
  return out;
}

/** Unit normals (V, 3), against the field's gradient, and `places` moved on to the surface along it. */
export function settled(field: Field, places: Float32Array): Float32Array {
  const normals = new Float32Array(places.length);
  const step = 0.8 * field.cell;
  for (let at = 0; at < places.length; at += 3) {
    const point: [number, number, number] = [places[at], places[at + 1], places[at + 2]];
    const slope = [0, 1, 2].map((axis) => {
      const [before, after] = [-step, step].map((shift) => {
        const moved: [number, number, number] = [...point];
        moved[axis] += shift;
        return valueAt(field, moved);
      });
      return (after - before) / (2 * step);
    });
    const steep = Math.hypot(slope[0], slope[1], slope[2]) || 1;
    const shift = Math.max(-0.4, Math.min(0.4, valueAt(field, point) / steep / field.cell)) * field.cell;
    for (let axis = 0; axis < 3; axis++) {
      normals[at + axis] = -slope[axis] / steep;
      places[at + axis] -= (slope[axis] / steep) * shift;
    }
  }
  return normals;
}

function valueAt(field: Field, point: readonly [number, number, number]): number {
  const [width, height] = field.size;
  const place = point.map((metres, axis) => Math.min(field.size[axis] - 1.001, Math.max(0, (metres - field.origin[axis]) / field.cell)));
  const [i, j, k] = place.map(Math.floor);
  const at = i + width * (j + height * k);
  let value = 0;
  for (const [x, y, z] of CORNERS) {
    const weight = [x, y, z].reduce((product, bit, axis) => product * (bit ? place[axis] % 1 : 1 - (place[axis] % 1)), 1);
    value += weight * field.values[at + x + width * (y + height * z)];
  }
  return value;
}
