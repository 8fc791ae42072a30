// Fails when the template that ships with ballo is not what this folder builds.
import { readFileSync } from "node:fs";
import { build } from "vite";

const shipped = new URL("../src/ballo/export/viewer/template.html", import.meta.url);
await build({ root: import.meta.dirname, logLevel: "warn" });
const built = readFileSync(new URL("dist/template.html", import.meta.url));
if (!built.equals(readFileSync(shipped))) {
  console.error("src/ballo/export/viewer/template.html is not what viewer/ builds: run viewer/build.sh and commit it");
  process.exit(1);
}
console.log(`The viewer's template is what viewer/ builds (${Math.round(built.length / 1024)} kB)`);
