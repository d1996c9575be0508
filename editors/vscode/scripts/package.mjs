// Makes flowbatch-VERSION.vsix, or the file that is named: a zip archive of what VS Code needs, with
// the two files that describe it. The same sources give the same bytes.
//
// `vsce` makes such packages too, and 250 npm packages come with it; it is needed to publish only,
// and takes what is made here: `npx @vscode/vsce publish --packagePath FILE`.

import { createWriteStream, readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import yazl from "yazl";
import "./build.mjs";

const root = new URL("..", import.meta.url);
const extension = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));

/** What is installed, by its name in the package; every other file stays here. */
const FILES = {
  "package.json": "package.json",
  "readme.md": "README.md",
  "changelog.md": "../../CHANGELOG.md",
  "LICENSE-APACHE.txt": "../../LICENSE-APACHE",
  "LICENSE-MIT.txt": "../../LICENSE-MIT",
  "language-configuration.json": "language-configuration.json",
  "syntaxes/flow.tmLanguage.json": "syntaxes/flow.tmLanguage.json",
  "dist/extension.js": "dist/extension.js",
  "dist/licenses.txt": "dist/licenses.txt",
};

const escaped = (text) =>
  String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

const tags = [...extension.keywords, "flow", "__ext_flow"].join(",");
const property = (id, value) => `      <Property Id="${id}" Value="${escaped(value)}" />`;
const asset = (type, name) =>
  `    <Asset Type="${type}" Path="extension/${name}" Addressable="true" />`;

const manifest = `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">
  <Metadata>
    <Identity Language="en-US" Id="${extension.name}" Version="${extension.version}" Publisher="${extension.publisher}" />
    <DisplayName>${escaped(extension.displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(extension.description)}</Description>
    <Tags>${escaped(tags)}</Tags>
    <Categories>${escaped(extension.categories.join(","))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
${[
  property("Microsoft.VisualStudio.Code.Engine", extension.engines.vscode),
  property("Microsoft.VisualStudio.Code.ExtensionDependencies", ""),
  property("Microsoft.VisualStudio.Code.ExtensionPack", ""),
  property("Microsoft.VisualStudio.Code.ExtensionKind", "workspace"),
  property("Microsoft.VisualStudio.Code.LocalizedLanguages", ""),
  property("Microsoft.VisualStudio.Code.ExecutesCode", "true"),
  property("Microsoft.VisualStudio.Services.Links.Source", `${extension.repository.url}.git`),
  property("Microsoft.VisualStudio.Services.Links.GitHub", `${extension.repository.url}.git`),
  property("Microsoft.VisualStudio.Services.GitHubFlavoredMarkdown", "true"),
].join("\n")}
    </Properties>
    <License>extension/LICENSE-MIT.txt</License>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code" />
  </Installation>
  <Dependencies />
  <Assets>
${[
  asset("Microsoft.VisualStudio.Code.Manifest", "package.json"),
  asset("Microsoft.VisualStudio.Services.Content.Details", "readme.md"),
  asset("Microsoft.VisualStudio.Services.Content.Changelog", "changelog.md"),
  asset("Microsoft.VisualStudio.Services.Content.License", "LICENSE-MIT.txt"),
].join("\n")}
  </Assets>
</PackageManifest>
`;

const types = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension=".json" ContentType="application/json" />
  <Default Extension=".vsixmanifest" ContentType="text/xml" />
  <Default Extension=".js" ContentType="application/javascript" />
  <Default Extension=".md" ContentType="text/markdown" />
  <Default Extension=".txt" ContentType="text/plain" />
</Types>
`;

const name = `${extension.name}-${extension.version}.vsix`;
const target = process.argv[2] ?? fileURLToPath(new URL(name, root));
// The time of every file; zip has none before it.
const options = { mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true };
const zip = new yazl.ZipFile();
zip.addBuffer(Buffer.from(manifest), "extension.vsixmanifest", options);
zip.addBuffer(Buffer.from(types), "[Content_Types].xml", options);
for (const [inside, outside] of Object.entries(FILES)) {
  let content = readFileSync(new URL(outside, root));
  if (inside === "package.json") {
    // What only its developers need stays out, and it may be published.
    const { scripts, devDependencies, private: _, ...rest } = extension;
    content = Buffer.from(`${JSON.stringify(rest, null, 2)}\n`);
  }
  zip.addBuffer(content, `extension/${inside}`, options);
}
zip.end();
await pipeline(zip.outputStream, createWriteStream(target));
console.log(target);
