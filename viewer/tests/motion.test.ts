import { expect, test } from "vitest";
import { restPose, unpacked } from "../src/motion";
import packed from "./packed.json";

// packed.json holds a motion that ballo.export.packing packed, and poses of it; tests/export/test_packing.py keeps it true.
const motion = await unpacked({ ...packed.dance, label: "", about: "", body: 0, feet: [], standing: [] }, packed.joints);

test("what Python packed is what is unpacked here", () => {
  packed.wxyz.forEach((frame, number) =>
    frame.forEach(([w, x, y, z], joint) => {
      const at = 4 * (number * packed.joints + joint);
      const found = [...motion.turns.subarray(at, at + 4)];
      const sign = Math.sign(x * found[0] + y * found[1] + z * found[2] + w * found[3]);
      [x, y, z, w].forEach((value, axis) => expect(Math.abs(sign * found[axis] - value)).toBeLessThan(5e-5));
    }),
  );
  packed.root.flat().forEach((metres, at) => expect(Math.abs(motion.root[at] - metres)).toBeLessThan(6e-5));
});

test("a pose between frames lies on the shortest turn between them, and the ends hold", () => {
  const pose = restPose(packed.joints);
  motion.pose(-3, pose);
  expect([...pose.root]).toEqual([...motion.root.subarray(0, 3)]);
  motion.pose(1e6, pose);
  expect([...pose.root]).toEqual([...motion.root.subarray(-3)]);
  for (const share of [0.25, 0.5, 0.9]) {
    motion.pose((1 + share) / motion.fps, pose);
    for (let joint = 0; joint < packed.joints; joint++) {
      const at = (frame: number): number[] => [...motion.turns.subarray(4 * (frame * packed.joints + joint)).subarray(0, 4)];
      const here = [...pose.turns.subarray(4 * joint, 4 * joint + 4)];
      expect(Math.hypot(...here)).toBeCloseTo(1, 5);
      const whole = angle(at(1), at(2));
      expect(angle(at(1), here)).toBeCloseTo(share * whole, 3);
      expect(angle(here, at(2))).toBeCloseTo((1 - share) * whole, 3);
    }
  }
});

test("a motion that broke off is refused", async () => {
  await expect(unpacked({ ...packed.dance, frames: 7, label: "", about: "", body: 0, feet: [], standing: [] }, packed.joints)).rejects.toThrow(
    /bytes/,
  );
});

function angle(a: number[], b: number[]): number {
  const cosine = Math.abs(a.reduce((sum, value, axis) => sum + value * b[axis], 0));
  const sine = Math.hypot(...a.map((value, axis) => value - Math.sign(a.reduce((s, v, k) => s + v * b[k], 0)) * b[axis])) / 2;
  return 4 * Math.atan2(sine, Math.sqrt(Math.max(0, (1 + cosine) / 2)));
}
