// Buttons, labels and the help over the picture.
import type { Dancer } from "./dancer";
import type { PageData } from "./data";
import { icon, type IconName } from "./icons";
import type { Key } from "./keyboard";
import { RATES, type Player } from "./player";
import type { Show } from "./show";

/** What a page has to hold of: everything that is pressed ends in one of these. */
export interface Deeds {
  toggle(): void;
  loop(): void;
  follow(): void;
  skeleton(): void;
  together(): void;
  home(): void;
  mute(): void;
  theme(): void;
  full(): void;
  help(shown?: boolean): void;
  solo(number: number): void;
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export class Controls {
  readonly scene = element("canvas", "scene");
  readonly whole = element("canvas", "whole");
  readonly close = element("canvas", "close");
  private readonly footer: HTMLElement;
  private readonly start: HTMLButtonElement;
  private readonly buttons: Record<string, HTMLButtonElement> = {};
  private readonly time = element("span", "time", "0:00");
  private readonly speed = element("select", "speed");
  private readonly names = element("div", "names");
  private readonly notice = element("p", "notice");
  private readonly helpSheet = element("div", "overlay");
  private chips: HTMLButtonElement[] = [];

  constructor(
    private readonly root: HTMLElement,
    private readonly page: PageData,
    private readonly deeds: Deeds,
  ) {
    this.scene.tabIndex = 0;
    this.scene.setAttribute("aria-label", "The dance. Drag to turn around it, scroll or pinch to come nearer.");
    this.whole.setAttribute("aria-label", "The whole song. Click to go there.");
    this.close.setAttribute("aria-label", "Beats and standing feet around now. Drag to go there.");
    this.notice.setAttribute("role", "status");
    this.start = element("button", "start");
    this.start.innerHTML = icon("play");
    this.start.setAttribute("aria-label", "Play");
    this.start.addEventListener("click", () => deeds.toggle());
    this.footer = element("footer", "", this.close, this.whole, this.row());
    root.append(this.scene, this.names, this.header(), this.start, this.footer, this.notice, this.helpSheet);
    this.helpSheet.hidden = true;
    this.helpSheet.addEventListener("click", () => deeds.help(false));
  }

  /** Part of the picture's foot that is covered, in pixels. */
  get covered(): number {
    return this.footer.offsetHeight;
  }

  set rate(rate: number) {
    this.speed.value = String(rate);
  }

  onrate: (rate: number) => void = () => {};

  /** A coloured button for each dancer, where there are several. */
  addChips(dancers: readonly Dancer[]): void {
    if (dancers.length < 2) return;
    const row = this.footer.querySelector(".chips");
    this.chips = dancers.map((dancer, number) => {
      const chip = element("button", "chip", element("i", ""), element("span", "", dancer.data.label));
      chip.style.setProperty("--chip", dancer.accent);
      chip.title = `Show or hide ${dancer.data.label} (${number + 1})`;
      chip.addEventListener("click", () => this.deeds.solo(number));
      return chip;
    });
    row?.append(...this.chips);
  }

  describe(keys: readonly Key[]): void {
    const rows = keys.map((key) => {
      const printed = key.printed.split(" ").map((one) => element("kbd", "", one));
      return element("div", "", element("span", "keys", ...printed), element("span", "", key.does));
    });
    const hints = "Drag to turn, scroll or pinch to come nearer, Shift-drag or two fingers to move aside, click twice to go back.";
    const close = element("p", "hint", hints);
    this.helpSheet.append(element("div", "sheet", element("h2", "", "Keys"), element("div", "list", ...rows), close));
    this.helpSheet.setAttribute("role", "dialog");
    this.helpSheet.setAttribute("aria-label", "Keys");
  }

  get helping(): boolean {
    return !this.helpSheet.hidden;
  }

  set helping(shown: boolean) {
    this.helpSheet.hidden = !shown;
  }

  /** Say something for a few seconds. */
  say(text: string): void {
    this.notice.textContent = text;
    this.notice.classList.remove("shown");
    void this.notice.offsetWidth;
    this.notice.classList.add("shown");
  }

  /** Bring everything that can be read up to date. */
  update(player: Player, show: Show, due: number, muted: boolean): void {
    const { look } = show;
    text(this.time, `${clock(due)} / ${clock(this.page.seconds)}`);
    this.root.classList.toggle("playing", player.playing);
    this.set("play", player.playing ? "pause" : "play", player.playing ? "Pause (Space)" : "Play (Space)");
    this.press("loop", player.loop !== null);
    this.press("follow", look.follow);
    this.press("skeleton", look.skeleton);
    this.set("together", look.together ? "beside" : "together", look.together ? "Side by side (V)" : "Together (V)");
    this.set("sound", muted ? "mute" : "sound", muted ? "Sound on (M)" : "Sound off (M)");
    this.chips.forEach((chip, number) => chip.setAttribute("aria-pressed", String(look.shown[number])));
    this.placeNames(show);
  }

  private placeNames(show: Show): void {
    const panels = this.page.dances.length > 1 && !show.look.together ? show.panels() : [];
    const free = this.root.clientHeight - this.covered;
    while (this.names.children.length < panels.length) this.names.append(element("div", "name", element("b", ""), element("span", "")));
    [...this.names.children].forEach((child, number) => {
      const name = child as HTMLElement;
      const panel = panels[number];
      name.hidden = !panel;
      if (!panel) return;
      const dancer = panel.dancers[0];
      if (!dancer) return;
      name.style.left = `${panel.left * 100}%`;
      name.style.width = `${panel.width * 100}%`;
      name.style.top = `${panel.top * free}px`;
      name.style.height = `${panel.height * free}px`;
      name.style.setProperty("--chip", dancer.accent);
      name.classList.toggle("first-column", panel.left === 0);
      text(name.firstElementChild, dancer.data.label);
      text(name.lastElementChild, dancer.data.about);
    });
  }

  private header(): HTMLElement {
    const title = element("div", "titles", element("h1", "", this.page.title));
    if (this.page.subtitle) title.append(element("p", "", this.page.subtitle));
    const nav = element("nav", "");
    nav.append(this.button("theme", "theme", "Dark or light (T)", () => this.deeds.theme()));
    if (document.fullscreenEnabled) nav.append(this.button("full", "full", "Full screen (F)", () => this.deeds.full()));
    nav.append(this.button("help", "help", "Keys (?)", () => this.deeds.help()));
    return element("header", "", title, nav);
  }

  private row(): HTMLElement {
    for (const rate of RATES) this.speed.append(element("option", "", `${rate}×`));
    [...this.speed.options].forEach((option, number) => (option.value = String(RATES[number])));
    this.speed.value = "1";
    this.speed.title = "Speed (↑ ↓)";
    this.speed.setAttribute("aria-label", "Speed");
    this.speed.addEventListener("change", () => {
      this.onrate(Number(this.speed.value));
      this.speed.blur();
    });
    const row = element("div", "row");
    row.append(this.button("play", "play", "Play (Space)", () => this.deeds.toggle()), this.time, element("div", "chips"));
    const tools = element("div", "tools", this.speed);
    tools.append(
      this.button("loop", "loop", "Loop (L); [ and ] set its ends", () => this.deeds.loop()),
      this.button("follow", "follow", "Camera follows (C)", () => this.deeds.follow()),
      this.button("home", "home", "Camera back (R)", () => this.deeds.home()),
      this.button("skeleton", "skeleton", "Skeleton (S)", () => this.deeds.skeleton()),
    );
    if (this.page.dances.length > 1) tools.append(this.button("together", "together", "Together (V)", () => this.deeds.together()));
    if (this.page.sound) tools.append(this.button("sound", "sound", "Sound off (M)", () => this.deeds.mute()));
    row.append(tools);
    return row;
  }

  private button(name: string, sign: IconName, title: string, act: () => void): HTMLButtonElement {
    const made = element("button", `tool ${name}`);
    made.type = "button";
    made.innerHTML = icon(sign);
    made.title = title;
    made.setAttribute("aria-label", title);
    made.addEventListener("click", act);
    made.dataset["sign"] = sign;
    this.buttons[name] = made;
    return made;
  }

  private set(name: string, sign: IconName, title: string): void {
    const button = this.buttons[name];
    if (!button || button.dataset["sign"] === sign) return;
    button.dataset["sign"] = sign;
    button.innerHTML = icon(sign);
    button.title = title;
    button.setAttribute("aria-label", title);
  }

  private press(name: string, pressed: boolean): void {
    const button = this.buttons[name];
    const said = String(pressed);
    if (button && button.getAttribute("aria-pressed") !== said) button.setAttribute("aria-pressed", said);
  }
}

/** 75.2 to "1:15". */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds + 1e-6);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function text(node: Element | null, said: string): void {
  if (node && node.textContent !== said) node.textContent = said;
}
