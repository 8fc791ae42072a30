// Plays: the clock, the loop, and what moment is due.
import type { Clock } from "./clock";

export const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

export interface Loop {
  from: number;
  to: number;
}

export class Player {
  loop: Loop | null = null;
  /** The loop's ends as they were set, kept while it is off. */
  ends: Loop;

  constructor(
    readonly clock: Clock,
    readonly seconds: number,
  ) {
    this.ends = { from: 0, to: seconds };
  }

  get playing(): boolean {
    return this.clock.playing;
  }

  /** The moment that is due now, in seconds; at the end of the loop it goes back, at the end of the dance it stops. */
  due(): number {
    const now = this.clock.now;
    if (this.loop && this.playing && now >= this.loop.to - 0.002) {
      this.clock.seek(this.loop.from);
      return this.loop.from;
    }
    if (now < this.seconds) return now;
    if (this.playing) this.clock.pause();
    return this.seconds;
  }

  async toggle(): Promise<void> {
    if (this.playing) return this.clock.pause();
    if (this.clock.now >= this.seconds - 0.01) this.clock.seek(this.loop?.from ?? 0);
    await this.clock.play();
  }

  seek(seconds: number): void {
    this.clock.seek(Math.min(Math.max(seconds, 0), this.seconds));
  }

  /** The next faster (1) or slower (-1) rate. */
  faster(step: number): void {
    const at = RATES.findIndex((rate) => rate >= this.clock.rate - 1e-6);
    this.clock.rate = RATES[Math.min(RATES.length - 1, Math.max(0, at + step))];
  }

  setLoop(on: boolean): void {
    this.loop = on ? this.ends : null;
  }

  /** Set an end of the loop, and the loop on. */
  setEnd(end: keyof Loop, seconds: number): void {
    const at = Math.min(Math.max(seconds, 0), this.seconds);
    const ends = { ...this.ends, [end]: at };
    if (ends.to - ends.from < SHORTEST_LOOP) ends[end === "from" ? "to" : "from"] = end === "from" ? this.seconds : 0;
    if (ends.to - ends.from < SHORTEST_LOOP) return;
    this.ends = ends;
    this.loop = ends;
  }
}

const SHORTEST_LOOP = 0.3;
