// Bundles the client and what it needs of npm into one file, which is all that the package holds of
// JavaScript.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/extension.js"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  // That of the oldest VS Code that `engines` names.
  target: "node20",
  format: "cjs",
  // VS Code brings it.
  external: ["vscode"],
  metafile: true,
  logLevel: "warning",
});

// What is bundled may be passed on with its license only.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []),
);
const licenses = [...packages].sort().map((folder) => {
  const { name, version } = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
  const file = readdirSync(path.join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (!file) throw new Error(`${name} has no license`);
  const text = readFileSync(path.join(root, folder, file), "utf8").trim();
  return `${name} ${version}\n\n${text}\n`;
});
writeFileSync(path.join(root, "dist/licenses.txt"), licenses.join(`\n${"-".repeat(72)}\n\n`));
