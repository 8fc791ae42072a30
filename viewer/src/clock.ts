// What time it is in the song. With sound, the clock is what is heard; without, the wall's.

export interface Clock {
  /** Seconds from the dance's start, of what is heard now. */
  readonly now: number;
  readonly playing: boolean;
  rate: number;
  play(): Promise<void>;
  pause(): void;
  seek(seconds: number): void;
}

const wall = (): number => performance.now() / 1000;

/** Runs by the wall's clock. */
export class SilentClock implements Clock {
  private at = 0;
  private since: number | null = null;
  private pace = 1;

  constructor(private readonly time: () => number = wall) {}

  get now(): number {
    return this.since === null ? this.at : this.at + (this.time() - this.since) * this.pace;
  }

  get playing(): boolean {
    return this.since !== null;
  }

  get rate(): number {
    return this.pace;
  }

  set rate(rate: number) {
    this.seek(this.now);
    this.pace = rate;
  }

  async play(): Promise<void> {
    this.since ??= this.time();
  }

  pause(): void {
    this.at = this.now;
    this.since = null;
  }

  seek(seconds: number): void {
    this.at = seconds;
    if (this.since !== null) this.since = this.time();
  }
}

/** The times that a player tells, made even where they need it.
 *
 * Chromium and Safari tell the time of what is heard whenever they are asked, and are believed. Firefox tells it anew about every
 * 40 ms and the same in between: the freshest times of late lie on a line (time = rate x wall + lead), and on it is where we are,
 * as long as what is told is no more than a step behind. A sound that starts late or stalls tells the same for a while, too, but
 * does not make up for it: it leaves the line, and is believed.
 */
export class Line {
  private told = NaN;
  /** When the time was last told, and when it was last told anew. */
  private toldAt = 0;
  private movedAt = 0;
  private moved = false;
  private same = false;
  /** When steps ended that made up for the time that they took. */
  private steps: number[] = [];
  private leads: { at: number; lead: number }[] = [];

  /** Forget everything: the sound was moved, stopped or given another rate. */
  reset(): void {
    this.told = NaN;
    this.moved = this.same = false;
    this.steps = [];
    this.leads = [];
  }

  at(told: number, wallSeconds: number, rate: number): number {
    this.note(told, wallSeconds, rate);
    const lead = told - rate * wallSeconds;
    this.leads = this.leads.filter((one) => wallSeconds - one.at < FRESH_SECONDS);
    this.leads.push({ at: wallSeconds, lead });
    const ahead = Math.max(...this.leads.map((one) => one.lead));
    if (wallSeconds - this.movedAt > STEP_SECONDS || ahead - lead > STEP_SECONDS * rate) {
      this.leads = [{ at: wallSeconds, lead }];
      return told;
    }
    return this.steps.length >= ENOUGH_STEPS ? ahead + rate * (wallSeconds - EARLY_SECONDS) : told;
  }

  private note(told: number, wallSeconds: number, rate: number): void {
    this.steps = this.steps.filter((at) => wallSeconds - at < MEMORY_SECONDS);
    if (told === this.told) {
      this.same ||= this.moved && wallSeconds - this.toldAt > AT_ONCE_SECONDS;
    } else {
      if (this.same && told - this.told > MADE_UP * rate * (wallSeconds - this.movedAt)) this.steps.push(wallSeconds);
      else if (this.same) [this.steps, this.leads] = [[], []];
      this.moved ||= !Number.isNaN(this.told);
      this.same = false;
      this.movedAt = wallSeconds;
    }
    this.told = told;
    this.toldAt = wallSeconds;
  }
}

/** By how much Firefox's freshest times are ahead of what is heard: 12 to 19 ms at a loudspeaker under Linux, none by its source. */
const EARLY_SECONDS = 0.01;
/** The longest that a player tells the same time while sound goes on, in seconds. */
const STEP_SECONDS = 0.05;
/** Told the same after more than this, a player may tell the time in steps: it does if that happens often within a while. */
const AT_ONCE_SECONDS = 0.002;
const ENOUGH_STEPS = 4;
const MEMORY_SECONDS = 1;
/** A step makes up for at least this share of the time it took; pictures see its ends late, by a picture at most. */
const MADE_UP = 0.55;
/** For how long a time that was told is fresh: over some of Firefox's steps. */
const FRESH_SECONDS = 0.25;

/** Runs by what an audio element plays, and past its end by the wall's clock. */
export class SongClock implements Clock {
  private readonly line = new Line();
  private readonly after = new SilentClock();
  private wanted = false;
  private over = false;
  private broken = false;
  /** Called once when the sound cannot be played; the wall's clock goes on. */
  onfault: () => void = () => {};

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly seconds: number,
  ) {
    audio.addEventListener("ended", () => this.goOn());
    audio.addEventListener("error", () => this.fail());
    for (const name of ["seeking", "seeked", "waiting", "stalled", "playing", "ratechange"]) {
      audio.addEventListener(name, () => this.line.reset());
    }
  }

  get now(): number {
    if (this.over) return this.after.now;
    if (this.audio.paused || this.audio.seeking) return this.audio.currentTime;
    return this.line.at(this.audio.currentTime, wall(), this.audio.playbackRate);
  }

  get playing(): boolean {
    return this.wanted;
  }

  get rate(): number {
    return this.after.rate;
  }

  set rate(rate: number) {
    this.after.rate = rate;
    this.audio.playbackRate = rate;
    this.line.reset();
  }

  async play(): Promise<void> {
    this.wanted = true;
    if (this.over) return this.after.play();
    this.line.reset();
    try {
      await this.audio.play();
    } catch (reason) {
      const name = reason instanceof DOMException ? reason.name : "";
      if (name === "NotAllowedError") this.wanted = false;
      else if (name !== "AbortError") this.fail();
    }
  }

  pause(): void {
    this.wanted = false;
    this.audio.pause();
    this.after.pause();
  }

  seek(seconds: number): void {
    this.line.reset();
    this.over = this.broken || seconds >= this.seconds;
    if (this.over) {
      this.audio.pause();
      this.after.seek(seconds);
      if (this.wanted) void this.after.play();
    } else {
      this.after.pause();
      this.audio.currentTime = seconds;
      if (this.wanted && this.audio.paused) void this.play();
    }
  }

  private goOn(): void {
    if (!this.wanted || this.over) return;
    this.over = true;
    this.after.seek(this.seconds);
    void this.after.play();
  }

  private fail(): void {
    if (this.broken) return;
    this.broken = true;
    const at = Number.isFinite(this.audio.currentTime) ? this.audio.currentTime : 0;
    this.over = true;
    this.after.seek(at);
    if (this.wanted) void this.after.play();
    this.onfault();
  }
}
