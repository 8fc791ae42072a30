// Builds the viewer into one HTML file, script and style inside it, with a place for a dance's data.
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Puts the script and the style sheet into the page, so that it opens from a file; says whose work is in it. */
function onePage(): Plugin {
  return {
    name: "one-page",
    enforce: "post",
    generateBundle(_, bundle) {
      let page = "";
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += String(part.source);
        else if (name.endsWith(".html")) page = String(part.source);
        delete bundle[name];
      }
      const licence = readFileSync(new URL("node_modules/three/LICENSE", import.meta.url), "utf-8").trim();
      const inline = script.trim().replaceAll("</script", "<\\/script");
      const source = page
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/\s*<link rel="stylesheet"[^>]*>/, () => `\n    <style>${style.trim()}</style>`)
        .replace("<!--licences-->", () => `<!--\nThis page holds parts of three.js (https://threejs.org):\n\n${licence}\n-->`)
        .replace("<!--viewer-->", () => `<script>${inline}</script>`);
      this.emitFile({ type: "asset", fileName: "template.html", source: `${source.trim()}\n` });
    },
  };
}

export default defineConfig({
  plugins: [onePage()],
  build: {
    target: "es2022",
    outDir: "dist",
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: { output: { format: "iife" } },
  },
});
