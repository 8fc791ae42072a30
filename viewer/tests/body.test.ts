import { Vector3 } from "three";
import { expect, test } from "vitest";
import { skinOf } from "../src/body/skin";
import { away, partsOf, sampled } from "../src/body/field";
import { settled, surfaceOf } from "../src/body/surface";
import type { BodyData } from "../src/data";
import { bindingOf, Rig } from "../src/rig";

const data: BodyData = {
  joints: ["root", "knee", "foot"],
  parents: [-1, 0, 1],
  offsets: [
    [0, 0, 0],
    [0, -0.4, 0],
    [0, -0.4, 0],
  ],
  points: [],
  parts: [
    [0, 1, 0.08, 0.05, 1],
    [1, 2, 0.05, 0.04, 1],
  ],
};
const binding = bindingOf(data);
const parts = partsOf(data, binding);
const field = sampled(parts, 0.0125);
const { places, triangles } = surfaceOf(field);
const normals = settled(field, places);

test("a surface is closed, looks outward, and lies where the parts end", () => {
  const edges = new Map<string, number>();
  for (let at = 0; at < triangles.length; at += 3) {
    for (let side = 0; side < 3; side++) {
      const [a, b] = [triangles[at + side], triangles[at + ((side + 1) % 3)]];
      edges.set(`${a} ${b}`, (edges.get(`${a} ${b}`) ?? 0) + 1);
    }
  }
  for (const [edge, times] of edges) {
    expect(times).toBe(1);
    expect(edges.get(edge.split(" ").reverse().join(" "))).toBe(1);
  }
  let volume = 0;
  const vertex = (at: number): Vector3 => new Vector3().fromArray(places, 3 * triangles[at]);
  for (let at = 0; at < triangles.length; at += 3) volume += vertex(at).dot(vertex(at + 1).cross(vertex(at + 2))) / 6;
  expect(volume).toBeGreaterThan(0.005);
  for (let at = 0; at < places.length; at += 3) {
    const distance = Math.min(...parts.map((part) => away(part, places[at], places[at + 1], places[at + 2])));
    expect(Math.abs(distance)).toBeLessThan(0.006);
    const ahead = [0, 1, 2].map((axis) => places[at + axis] + 0.01 * normals[at + axis]);
    expect(Math.min(...parts.map((part) => away(part, ahead[0], ahead[1], ahead[2])))).toBeGreaterThan(distance + 0.004);
  }
});

test("vertices follow the bone that they are on, and pass over at the joint", () => {
  const middle = [0, -0.2, 0.06, 0, -0.6, 0.04, 0, -0.4, 0.05];
  const skin = skinOf(data, binding.points, new Float32Array(middle));
  const share = (vertex: number, joint: number): number =>
    [0, 1, 2, 3].reduce((sum, k) => sum + (skin.joints[4 * vertex + k] === joint ? skin.shares[4 * vertex + k] : 0), 0);
  expect(share(0, 0)).toBeGreaterThan(0.99);
  expect(share(1, 1)).toBeGreaterThan(0.99);
  expect(share(2, 0)).toBeCloseTo(0.5, 5);
  for (const vertex of [0, 1, 2]) expect(share(vertex, 0) + share(vertex, 1)).toBeCloseTo(1, 6);
});

test("a rig's joints are where forward kinematics puts them", () => {
  const rig = new Rig(data);
  const half = Math.SQRT1_2;
  rig.take({ turns: new Float32Array([0, 0, 0, 1, half, 0, 0, half, 0, 0, 0, 1]), root: new Float32Array([1, 2, 3]) });
  rig.root.updateMatrixWorld(true);
  const place = rig.place(2, new Vector3());
  expect(place.distanceTo(new Vector3(1, 1.6, 2.6))).toBeLessThan(1e-6);
});
