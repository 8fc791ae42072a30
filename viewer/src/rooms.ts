// How the room is lit by day and by night. Colours are the film's, which the page is told.
import type { Theme } from "./data";

/** What a picture of three's needs more than colours. */
export interface Room {
  line: number;
  lineStrength: number;
  shadow: number;
  mirror: number;
  ambient: { sky: number; ground: number; strength: number };
  key: { colour: number; strength: number };
  rim: { colour: number; strength: number };
}

export const ROOMS: Record<Theme, Room> = {
  light: {
    line: 0x8d93a3,
    lineStrength: 0.34,
    shadow: 0.34,
    mirror: 0.13,
    ambient: { sky: 0xdfe8fb, ground: 0xb79f8e, strength: 1.6 },
    key: { colour: 0xfff2e0, strength: 2.8 },
    rim: { colour: 0xcfdcff, strength: 1.3 },
  },
  dark: {
    line: 0x8c98b8,
    lineStrength: 0.2,
    shadow: 0.55,
    mirror: 0.24,
    ambient: { sky: 0x8fa3d8, ground: 0x5a4a58, strength: 1.25 },
    key: { colour: 0xffe6c8, strength: 2.6 },
    rim: { colour: 0x8fb0ff, strength: 2.6 },
  },
};
