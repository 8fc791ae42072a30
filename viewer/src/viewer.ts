// The viewer as a whole: what is pressed, what is due, and a picture of it as often as the screen shows one.
import { Model } from "./body/model";
import { SilentClock, SongClock } from "./clock";
import { Controls, type Deeds } from "./controls";
import { Dancer } from "./dancer";
import { bytes, type PageData } from "./data";
import { listen, type Key } from "./keyboard";
import { unpacked } from "./motion";
import { Player } from "./player";
import { Show, type Look } from "./show";
import { Timeline } from "./timeline";

/** What a page's own scripts may do with the viewer, as `window.ballo`. */
export interface Handle {
  readonly playing: boolean;
  /** What is heard now, in seconds from the dance's start. */
  readonly now: number;
  /** The moment that the picture shows. */
  readonly shown: number;
  readonly pictures: number;
  readonly look: Readonly<Look>;
  readonly audio: HTMLAudioElement | null;
  play(): Promise<void>;
  pause(): void;
  seek(seconds: number): void;
  /** Where joints are in the scene as it was drawn last: places in metres, dancer by dancer. */
  joints(): number[][][];
  /** Draw as finely as there is, however slowly. */
  refine(): void;
}

export async function open(root: HTMLElement, page: PageData, sound: string | null): Promise<Handle> {
  const motions = await Promise.all(page.dances.map((dance) => unpacked(dance, page.bodies[dance.body].joints.length)));
  const models = await Promise.all(page.bodies.map((body) => Model.read(body)));
  const audio = sound !== null && page.sound ? audioOf(sound, page.sound.type) : null;
  const viewer = new Viewer(root, page, audio, (number) => {
    const dance = page.dances[number];
    return new Dancer(dance, page.bodies[dance.body], motions[number], models[dance.body]);
  });
  viewer.run();
  return viewer;
}

function audioOf(sound: string, type: string): HTMLAudioElement {
  const audio = new Audio();
  audio.preload = "auto";
  const address = URL.createObjectURL(new Blob([bytes(sound)], { type }));
  // Where a page may not play what it made itself, its address may hold the sound.
  audio.addEventListener(
    "error",
    (event) => {
      event.stopImmediatePropagation();
      audio.src = `data:${type};base64,${sound.trim()}`;
    },
    { once: true },
  );
  audio.src = address;
  return audio;
}

class Viewer implements Handle, Deeds {
  private readonly controls: Controls;
  private readonly player: Player;
  private readonly show: Show;
  private readonly timeline: Timeline;
  private readonly dancers: Dancer[];
  private drawnAt = -1;
  private last = 0;
  shown = 0;
  pictures = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly page: PageData,
    readonly audio: HTMLAudioElement | null,
    make: (number: number) => Dancer,
  ) {
    this.controls = new Controls(root, page, this);
    const clock = audio && page.sound ? new SongClock(audio, page.sound.seconds) : new SilentClock();
    if (clock instanceof SongClock) clock.onfault = () => this.controls.say("This browser cannot play the sound: silent");
    this.player = new Player(clock, page.seconds);
    this.dancers = page.dances.map((_, number) => make(number));
    const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const look: Look = { theme, follow: true, skeleton: false, together: false, shown: this.dancers.map(() => true) };
    root.dataset["theme"] = theme;
    this.show = new Show(this.controls.scene, this.dancers, look, page.looks);
    this.timeline = new Timeline(this.controls.whole, this.controls.close, page, this.player);
    this.controls.addChips(this.dancers);
    this.controls.onrate = (rate) => (this.player.clock.rate = rate);
    root.classList.toggle("several", this.dancers.length > 1);
    const keys = this.keys();
    this.controls.describe(keys);
    listen(keys);
    // Buttons that were clicked give the keyboard back.
    root.addEventListener("click", (event) => {
      if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
    });
    this.controls.scene.addEventListener("dblclick", () => this.home());
    audio?.addEventListener("timeupdate", () => this.player.due());
    this.repaint();
  }

  get playing(): boolean {
    return this.player.playing;
  }

  get now(): number {
    return this.player.clock.now;
  }

  get look(): Look {
    return this.show.look;
  }

  run(): void {
    const frame = (milliseconds: number): void => {
      requestAnimationFrame(frame);
      this.picture(milliseconds / 1000);
    };
    requestAnimationFrame(frame);
  }

  play(): Promise<void> {
    return this.player.playing ? Promise.resolve() : this.player.toggle();
  }

  pause(): void {
    if (this.player.playing) this.toggle();
  }

  seek(seconds: number): void {
    this.player.seek(seconds);
  }

  joints(): number[][][] {
    return this.dancers.map((dancer) => dancer.joints());
  }

  refine(): void {
    this.show.refine();
  }

  toggle(): void {
    this.root.classList.add("begun");
    void this.player.toggle();
  }

  loop(): void {
    this.player.setLoop(this.player.loop === null);
  }

  follow(): void {
    this.look.follow = !this.look.follow;
    this.show.hold(this.shown);
    this.controls.say(this.look.follow ? "The camera follows" : "The camera stays");
  }

  skeleton(): void {
    this.look.skeleton = !this.look.skeleton;
    this.repaint();
  }

  together(): void {
    if (this.dancers.length < 2) return;
    this.look.together = !this.look.together;
    this.repaint();
  }

  home(): void {
    this.show.eye.home();
    this.show.hold(this.shown);
  }

  mute(): void {
    if (!this.audio) return;
    this.audio.muted = !this.audio.muted;
    this.controls.say(this.audio.muted ? "Sound off" : "Sound on");
  }

  theme(): void {
    this.look.theme = this.look.theme === "dark" ? "light" : "dark";
    this.repaint();
  }

  full(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (document.fullscreenEnabled) void this.root.requestFullscreen();
  }

  help(shown = !this.controls.helping): void {
    this.controls.helping = shown;
  }

  /** Show or hide a dancer; the last one stays. */
  solo(number: number): void {
    const shown = this.look.shown;
    if (number >= shown.length) return;
    const others = shown.some((one, other) => one && other !== number);
    if (shown[number] && !others) return;
    shown[number] = !shown[number];
    this.repaint();
  }

  private faster(step: number): void {
    this.player.faster(step);
    this.controls.rate = this.player.clock.rate;
    this.controls.say(`Speed ${this.player.clock.rate}×`);
  }

  private end(end: "from" | "to"): void {
    this.player.setEnd(end, this.nearBeat(this.now));
  }

  /** A beat, if one is near. */
  private nearBeat(seconds: number): number {
    const beats = this.page.beats.filter((beat) => Math.abs(beat - seconds) < 0.12);
    return beats.length ? beats[0] : seconds;
  }

  private step(frames: number): void {
    if (this.playing) this.toggle();
    const fps = Math.max(...this.page.dances.map((dance) => dance.fps));
    this.seek((Math.round(this.now * fps) + frames) / fps + 1e-4);
  }

  private repaint(): void {
    this.root.dataset["theme"] = this.look.theme;
    this.root.style.background = this.page.looks[this.look.theme].haze;
    this.show.repaint();
    this.timeline.repaint();
    this.timeline.show(this.dancers.filter((_, number) => this.look.shown[number]).map((d) => ({ data: d.data, colour: d.accent })));
  }

  private picture(wall: number): void {
    const due = this.player.due();
    const passed = wall - this.last;
    this.last = wall;
    this.show.eye.step(Math.min(0.1, passed));
    if (this.playing && this.drawnAt >= 0) this.show.took(passed);
    this.drawnAt = wall;
    this.show.covered = this.controls.covered;
    this.show.draw(due);
    this.shown = due;
    this.pictures++;
    this.timeline.draw(due);
    this.controls.update(this.player, this.show, due, this.audio?.muted ?? true);
  }

  private keys(): Key[] {
    const key = (keys: string[], printed: string, does: string, act: (event: KeyboardEvent) => void): Key => ({ keys, printed, does, act });
    const hop = (sign: number) => (event: KeyboardEvent) => this.seek(this.now + sign * (event.shiftKey ? 5 : 1));
    const several = this.dancers.length > 1;
    return [
      key([" ", "k"], "Space", "Play or pause", () => this.toggle()),
      key(["ArrowLeft"], "←", "A second back; with Shift five", hop(-1)),
      key(["ArrowRight"], "→", "A second on; with Shift five", hop(1)),
      key([",", "."], ", .", "A picture back or on", (event) => this.step(event.key === "." ? 1 : -1)),
      key(["ArrowUp", "ArrowDown"], "↑ ↓", "Faster, slower", (event) => this.faster(event.key === "ArrowUp" ? 1 : -1)),
      key(["Home", "End"], "Home End", "To the start, to the end", (event) => this.seek(event.key === "Home" ? 0 : this.page.seconds)),
      key(["l"], "L", "Loop", () => this.loop()),
      key(["[", "]"], "[ ]", "Loop from here, to here", (event) => this.end(event.key === "[" ? "from" : "to")),
      key(["c"], "C", "Camera follows or stays", () => this.follow()),
      key(["r"], "R", "Camera back to where it was", () => this.home()),
      key(["a", "d"], "A D", "Turn around the dancer", (event) => this.show.eye.turn(event.key.toLowerCase() === "a" ? -0.2 : 0.2)),
      key(["+", "=", "-"], "+ −", "Nearer, farther", (event) => this.show.eye.zoom(event.key === "-" ? 1.12 : 1 / 1.12)),
      key(["s"], "S", "Skeleton", () => this.skeleton()),
      ...(several ? [key(["v"], "V", "Side by side or together", () => this.together())] : []),
      ...(several ? [key(["1", "2", "3", "4"], "1 … 4", "Show or hide a dancer", (event) => this.solo(Number(event.key) - 1))] : []),
      ...(this.audio ? [key(["m"], "M", "Sound on or off", () => this.mute())] : []),
      key(["t"], "T", "Dark or light", () => this.theme()),
      key(["f"], "F", "Full screen", () => this.full()),
      key(["?", "h"], "?", "These keys", () => this.help()),
      key(["Escape"], "Esc", "Close these", () => this.help(false)),
    ];
  }
}
