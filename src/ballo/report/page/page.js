"use strict";
// The mean figure: bones by orthographic projection, nearer ones drawn last and thicker.
for (const box of document.querySelectorAll(".figure3d")) {
  const { parents, styles } = JSON.parse(box.querySelector("script").textContent);
  const [svg, floor, body] = ["svg", ".floor", ".body"].map((name) => box.querySelector(name));
  const space = "http://www.w3.org/2000/svg";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let chosen = styles[0], turn = 0.6, tilt = 0.12, held = null, idle = !still;

  const project = ([x, y, z]) => {
    const across = x * Math.cos(turn) + z * Math.sin(turn);
    const depth = z * Math.cos(turn) - x * Math.sin(turn);
    const height = y - 0.9;
    return [150 + 150 * across, 147 - 150 * (height * Math.cos(tilt) - depth * Math.sin(tilt)), depth * Math.cos(tilt) + height * Math.sin(tilt)];
  };
  const path = (points, width) => {
    const drawn = document.createElementNS(space, "path");
    drawn.setAttribute("d", "M" + points.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1)).join("L"));
    drawn.setAttribute("class", width ? "bone" : "grid");
    if (width) drawn.style.strokeWidth = width;
    return drawn;
  };
  const draw = () => {
    const places = chosen.mean.map(project);
    const bones = parents.map((parent, joint) => [joint, parent]).filter(([, parent]) => parent >= 0);
    const depth = ([a, b]) => places[a][2] + places[b][2];
    bones.sort((one, other) => depth(one) - depth(other));
    body.replaceChildren(...bones.map((bone) => path([places[bone[0]], places[bone[1]]], 3.4 + 1.4 * depth(bone))));
    body.setAttribute("class", "body " + chosen.class);
    const lines = [];
    for (let k = -2; k <= 2; k++) {
      lines.push(path([project([k / 4, 0, -0.5]), project([k / 4, 0, 0.5])]), path([project([-0.5, 0, k / 4]), project([0.5, 0, k / 4])]));
    }
    floor.replaceChildren(...lines);
  };
  svg.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; idle = false; svg.setPointerCapture(event.pointerId); });
  svg.addEventListener("pointermove", (event) => {
    if (!held) return;
    turn += (event.clientX - held[0]) / 90;
    tilt = Math.max(-0.3, Math.min(1.3, tilt + (event.clientY - held[1]) / 150));
    held = [event.clientX, event.clientY];
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => { held = null; });
  box.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!by) return;
    event.preventDefault();
    idle = false; turn += by[0]; tilt = Math.max(-0.3, Math.min(1.3, tilt + by[1]));
    draw();
  });
  const buttons = [...box.querySelectorAll("button")];
  buttons.forEach((button, k) => button.addEventListener("click", () => {
    chosen = styles[k];
    buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    draw();
  }));
  let seen = false, last = 0;
  const spin = (now) => {
    if (!idle || !seen) return;
    turn += Math.min(now - last, 50) / 4000;
    last = now;
    draw();
    requestAnimationFrame(spin);
  };
  new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; if (seen) { last = performance.now(); requestAnimationFrame(spin); } }).observe(svg);
  draw();
}

// A unit that is pointed at or tapped lights up wherever it is danced, and says what it is.
for (const section of document.querySelectorAll(".strips")) {
  const told = section.querySelector("output");
  const pick = (event) => {
    const piece = event.target.closest("i[title]");
    if (!piece || !section.contains(piece)) return;
    const unit = piece.dataset.u;
    for (const other of section.querySelectorAll("i.lit")) other.classList.remove("lit");
    section.classList.toggle("picked", Boolean(unit));
    const same = unit ? [...section.querySelectorAll("i[data-u]")].filter((other) => other.dataset.u === unit) : [];
    same.forEach((other) => other.classList.add("lit"));
    const dances = new Set(same.map((other) => other.closest(".dance")));
    told.textContent = piece.title + (unit ? ` · danced ${same.length} times, in ${dances.size} dances` : "");
  };
  section.addEventListener("pointerover", pick);
  section.addEventListener("click", pick);
  section.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse") return;
    section.classList.remove("picked");
    for (const other of section.querySelectorAll("i.lit")) other.classList.remove("lit");
  });
}
