import { expect, test } from "vitest";
import { Line, SilentClock, type Clock } from "../src/clock";
import { Player } from "../src/player";

test("times told anew every 40 ms come out even, and never far from what was told", () => {
  const line = new Line();
  let most = 0;
  for (let wall = 0; wall < 10; wall += 1 / 60) {
    const told = Math.floor((5 + wall) / 0.04) * 0.04;
    const found = line.at(told, 100 + wall, 1);
    if (wall > 0.2) most = Math.max(most, Math.abs(found - (5 + wall)));
  }
  expect(most).toBeLessThan(0.018);
});

test("exact times stay exact, at any speed", () => {
  for (const rate of [0.25, 1, 2]) {
    const line = new Line();
    for (let wall = 0; wall < 5; wall += 0.013) expect(line.at(3 + rate * wall, wall, rate)).toBeCloseTo(3 + rate * wall, 9);
  }
});

test("times that are always new are believed, however unevenly they come", () => {
  const line = new Line();
  for (let number = 0; number < 300; number++) {
    const told = number / 60 + 0.012 * Math.sin(7.7 * number);
    expect(line.at(told, 9 + number / 60, 1)).toBe(told);
  }
});

test("a sound that starts late or stalls is believed", () => {
  const line = new Line();
  const told = (wall: number): number => (wall < 0.3 ? 0 : wall < 2 ? wall - 0.3 : wall < 2.7 ? 1.7 : wall - 1);
  for (let wall = 0; wall < 5; wall += 1 / 60) {
    const found = line.at(told(wall), wall, 1);
    expect(Math.abs(found - told(wall))).toBeLessThan(0.0501);
    if (wall < 0.29) expect(found).toBe(0);
  }
});

test("short stalls do not make what tells exact times one that tells them in steps, however often they come", () => {
  for (const stall of [0.02, 0.03, 0.045]) {
    const line = new Line();
    const told = (wall: number): number => wall - stall * (Math.floor(wall / 0.15) + Math.min(1, (wall % 0.15) / stall));
    for (let wall = 0; wall < 8; wall += 1 / 60) {
      const found = line.at(told(wall), wall, 1);
      if (wall % 0.15 > stall + 0.02) expect(found).toBeCloseTo(told(wall), 9);
    }
  }
});

test("the wall's clock plays, pauses, seeks and changes its rate without a jump", async () => {
  let wall = 50;
  const clock = new SilentClock(() => wall);
  await clock.play();
  wall += 2;
  expect(clock.now).toBeCloseTo(2);
  clock.rate = 0.5;
  expect(clock.now).toBeCloseTo(2);
  wall += 2;
  expect(clock.now).toBeCloseTo(3);
  clock.pause();
  wall += 9;
  expect(clock.now).toBeCloseTo(3);
  clock.seek(7);
  expect(clock.now).toBeCloseTo(7);
});

function playing(seconds = 10): { clock: Clock; player: Player; pass: (seconds: number) => void } {
  let wall = 0;
  const clock = new SilentClock(() => wall);
  return { clock, player: new Player(clock, seconds), pass: (passed) => (wall += passed) };
}

test("a loop goes back to its start; without one the dance stops at its end and starts anew", async () => {
  const { player, pass } = playing();
  player.setEnd("from", 2);
  player.setEnd("to", 4);
  player.seek(2);
  await player.toggle();
  pass(1.5);
  expect(player.due()).toBeCloseTo(3.5);
  pass(0.6);
  expect(player.due()).toBe(2);
  expect(player.playing).toBe(true);
  player.setLoop(false);
  pass(20);
  expect(player.due()).toBe(10);
  expect(player.playing).toBe(false);
  await player.toggle();
  expect(player.due()).toBeCloseTo(0);
});

test("ends of a loop that would cross let the other one go", () => {
  const { player } = playing();
  player.setEnd("from", 2);
  player.setEnd("to", 4);
  player.setEnd("from", 6);
  expect(player.loop).toEqual({ from: 6, to: 10 });
  player.setEnd("to", 1);
  expect(player.loop).toEqual({ from: 0, to: 1 });
});

test("speed goes through its steps and no farther", () => {
  const { clock, player } = playing();
  player.faster(-1);
  expect(clock.rate).toBe(0.75);
  for (let step = 0; step < 9; step++) player.faster(1);
  expect(clock.rate).toBe(2);
});
