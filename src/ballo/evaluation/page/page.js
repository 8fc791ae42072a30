"use strict";
// Of panels that are chosen by buttons one is shown.
for (const box of document.querySelectorAll(".choices")) {
  const buttons = [...box.querySelectorAll(":scope > .buttons > button")];
  const panels = [...box.querySelectorAll(":scope > .choice")];
  buttons.forEach((button, chosen) => button.addEventListener("click", () => {
    const before = panels.find((panel) => !panel.hidden)?.querySelector(".scroll")?.scrollLeft ?? 0;
    panels.forEach((panel, index) => { panel.hidden = index !== chosen; });
    buttons.forEach((other, index) => other.setAttribute("aria-pressed", String(index === chosen)));
    const now = panels[chosen].querySelector(".scroll");
    if (now) now.scrollLeft = before;
  }));
}

// Columns of controls, and lines of one convention, come and go.
for (const button of document.querySelectorAll("[data-switch]")) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    button.closest(".scores").classList.toggle(button.dataset.switch, on);
  });
}

// What is folded is printed too.
const folded = [...document.querySelectorAll("details")];
let shut = [];
addEventListener("beforeprint", () => {
  shut = folded.filter((each) => !each.open);
  for (const each of shut) each.open = true;
});
addEventListener("afterprint", () => { for (const each of shut) each.open = false; });

// A strip of poses that is pressed dances, until it is pressed again or another is.
const about = document.querySelector("script.skeleton");
if (about) {
  const { fps, joints, limbs, head, hips } = JSON.parse(about.textContent);
  const space = "http://www.w3.org/2000/svg";
  const drawn = (name, kind) => {
    const found = document.createElementNS(space, name);
    found.setAttribute("class", kind);
    return found;
  };
  const read = (text) => {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const view = new DataView(bytes.buffer), size = 4 + 2 * joints;
    return Array.from({ length: bytes.length / size }, (_, frame) => {
      const x = view.getInt16(frame * size, true), y = view.getInt16(frame * size + 2, true);
      return Array.from({ length: joints }, (_, joint) =>
        [x + view.getInt8(frame * size + 4 + 2 * joint), y + view.getInt8(frame * size + 5 + 2 * joint)]);
    });
  };
  let playing = null;
  const stop = () => {
    if (!playing) return;
    cancelAnimationFrame(playing.next);
    playing.body.remove();
    playing.button.classList.remove("on");
    playing = null;
  };
  const play = (button) => {
    const svg = button.querySelector("svg"), frames = read(button.dataset.moves);
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const body = drawn("g", "dancing");
    const sides = Object.keys(limbs).map((side) => [body.appendChild(drawn("path", side)), limbs[side]]);
    const face = head === null ? null : body.appendChild(drawn("circle", "face"));
    face?.setAttribute("r", 9);
    // Who travels too far for the picture is followed.
    const across = frames.map((pose) => pose[0][0]);
    const low = Math.min(...across), high = Math.max(...across);
    const middle = high - low < width - 120 ? (low + high) / 2 : null;
    svg.append(body);
    button.classList.add("on");
    const begun = performance.now();
    playing = { button, body, next: 0 };
    const draw = (now) => {
      const at = (Math.max(0, now - begun) / 1000 * fps) % frames.length;
      const first = Math.floor(at), share = first + 1 < frames.length ? at - first : 0;
      const next = frames[Math.min(first + 1, frames.length - 1)];
      const from = middle ?? across[first] + share * (next[0][0] - across[first]);
      const pose = frames[first].map(([x, y], joint) =>
        [width / 2 - from + x + share * (next[joint][0] - x), height - 8 + y + share * (next[joint][1] - y)]);
      for (const [path, chains] of sides) {
        const lines = chains.map((chain) => "M" + chain.map((joint) => pose[joint].map((v) => v.toFixed(1)).join(" ")).join("L"));
        path.setAttribute("d", lines.join(""));
      }
      if (face) {
        face.setAttribute("cx", pose[head][0].toFixed(1));
        face.setAttribute("cy", pose[head][1].toFixed(1));
        if (hips.length === 2) face.setAttribute("class", pose[hips[0]][0] >= pose[hips[1]][0] ? "face" : "back");
      }
      playing.next = requestAnimationFrame(draw);
    };
    draw(begun);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".play");
    const again = playing?.button === button;
    if (button) stop();
    if (button && !again) play(button);
  });
}
