// What each key does; the help shows the same list.

export interface Key {
  /** `event.key`s that mean it. */
  keys: readonly string[];
  /** As the help names them. */
  printed: string;
  does: string;
  act: (event: KeyboardEvent) => void;
}

/** Listen for keys anywhere on the page, but where a control has its own use for them. */
export function listen(keys: readonly Key[]): void {
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (target?.matches("input, select, textarea")) return;
    if (target?.matches("button:focus-visible") && (event.key === " " || event.key === "Enter")) return;
    const found = keys.find((key) => key.keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!found) return;
    event.preventDefault();
    found.act(event);
  });
}
