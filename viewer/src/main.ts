// Opens the viewer on the dance that the page holds.
import type { PageData } from "./data";
import "./style.css";
import { open, type Handle } from "./viewer";

declare global {
  interface Window {
    ballo?: Handle;
  }
}

async function begin(): Promise<void> {
  const root = document.getElementById("viewer");
  const data = document.getElementById("dance")?.textContent;
  if (!root || !data) throw new Error("this page holds no dance: ballo writes one into it");
  const page = JSON.parse(data) as PageData;
  document.title = page.title;
  window.ballo = await open(root, page, document.getElementById("sound")?.textContent ?? null);
}

begin().catch((reason: unknown) => {
  const said = document.createElement("p");
  said.className = "fault";
  said.textContent = `The dance cannot be shown: ${reason instanceof Error ? reason.message : String(reason)}`;
  document.body.append(said);
});
