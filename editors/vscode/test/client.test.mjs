// The client as it is packaged, against the real server, with a stand-in for VS Code.
//
// EXTENSION is the folder of the extension, FLOWBATCH the program.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { Module, createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const stub = fileURLToPath(new URL("vscode.js", import.meta.url));
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) =>
  request === "vscode" ? stub : resolve(request, ...rest);

const vscode = require("vscode");
const { record } = vscode;
const folder = process.env.EXTENSION ?? fileURLToPath(new URL("..", import.meta.url));
const program = process.env.FLOWBATCH ?? "flowbatch";
const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
const extension = require(path.resolve(folder, manifest.main));

const HEAD = '@batch(queue="ml", image="python:3.12", platform="ec2")\n';
const BROKEN = `${HEAD}flow A {\n  step start {\n    run "true"\n    next trian\n  }\n  step train {run "true"}\n}\n`;

// What the client logged is wanted where it did not go on.
process.on("exit", (code) => {
  if (code !== 0) for (const [level, text] of record.log) console.log(level, text);
});

const project = fs.mkdtempSync(path.join(os.tmpdir(), "flowbatch-"));
const subscriptions = [];
let document;

/** Where a text stands in the document. */
const at = (text, offset = 0) => document.positionAt(document.text.indexOf(text) + offset);
const token = new vscode.CancellationTokenSource().token;

/** The one provider of something for the document. */
const provider = (kind) => {
  const all = (record.providers[kind] ?? []).filter(({ selector }) =>
    vscode.languages.match(selector, document),
  );
  assert.equal(all.length, 1, kind);
  return all[0].provider;
};

before(() => {
  vscode.workspace.workspaceFolders = [
    { uri: vscode.Uri.file(project), name: "project", index: 0 },
  ];
});

after(async () => {
  for (const one of subscriptions.reverse()) one.dispose();
  fs.rmSync(project, { recursive: true });
});

test("without the program it says what to do", async () => {
  record.settings["flowbatch.path"] = "~/no/such/flowbatch";
  record.press = (_text, buttons) => buttons.find((button) => button === "Open Settings");
  await extension.activate({ subscriptions });
  assert.equal(record.errors.length, 1);
  assert.match(record.errors[0], /`\/.*\/no\/such\/flowbatch` was not found.*flowbatch\.path/);
  await new Promise(setImmediate);
  assert.deepEqual(record.executed, [["workbench.action.openSettings", "flowbatch.path"]]);
});

test("another program is not taken for it", async () => {
  record.press = (_text, buttons) => buttons.find((button) => button === "How to Install");
  const other = path.join(project, "other");
  fs.writeFileSync(other, "#!/bin/sh\nexit 2\n", { mode: 0o755 });
  record.settings["flowbatch.path"] = "${workspaceFolder}/other";
  await record.commands.get("flowbatch.restart")();
  assert.match(record.errors.at(-1), /has no language server/);
  await new Promise(setImmediate);
  assert.deepEqual(record.opened, ["https://github.com/flowbatch/flowbatch#try-it"]);
  fs.chmodSync(other, 0o644);
  record.settings["flowbatch.path"] = other;
  await record.commands.get("flowbatch.restart")();
  assert.match(record.errors.at(-1), /may not be run/);
});

test("arguments that it does not take are told in its own words", async () => {
  const unhandled = [];
  const listen = (error) => unhandled.push(error);
  process.on("unhandledRejection", listen);
  record.press = () => undefined;
  record.settings["flowbatch.path"] = program;
  for (const [given, said] of [
    [["--nonsense"], /flowbatch\.arguments: error: unexpected argument '--nonsense'/],
    [["--param", "x"], /flowbatch\.arguments: .*NAME=VALUE/],
    [[1], /flowbatch\.arguments: .*'1'/],
    ["--env", /flowbatch\.arguments: .*--env/],
    [["a\0"], /flowbatch\.arguments: .*null bytes/],
  ]) {
    record.settings["flowbatch.arguments"] = given;
    const before = record.errors.length;
    await record.commands.get("flowbatch.restart")();
    assert.equal(record.errors.length, before + 1);
    assert.match(record.errors.at(-1), said);
  }
  await new Promise(setImmediate);
  process.off("unhandledRejection", listen);
  assert.deepEqual(unhandled, []);
  delete record.settings["flowbatch.arguments"];
  record.settings["flowbatch.path"] = path.join(project, "other");
});

test("a new setting starts it, and diagnostics appear", async () => {
  const before = record.errors.length;
  record.press = () => undefined;
  document = record.open(path.join(project, "grün 🚀.flow"), BROKEN);
  record.set("flowbatch.path", program);
  const found = await record.until(document, (found) => found.length > 0);
  assert.equal(record.errors.length, before);
  const unknown = found.find((one) => JSON.stringify(one.code).includes("unknown-step"));
  assert.ok(unknown, JSON.stringify(found));
  assert.equal(unknown.severity, vscode.DiagnosticSeverity.Error);
  assert.deepEqual(unknown.range.start, at("trian"));
});

test("a fix is a code action, and mends the text", async () => {
  const [start, end] = [at("trian"), at("trian", 5)];
  const range = new vscode.Range(start, end);
  const diagnostics = record.diagnostics.get(document.uri.toString());
  const actions = await provider("codeAction").provideCodeActions(
    document,
    range,
    { diagnostics, triggerKind: 1 },
    token,
  );
  const fix = actions.find((action) => action.kind?.value.startsWith("quickfix"));
  assert.ok(fix, JSON.stringify(actions));
  await vscode.workspace.applyEdit(fix.edit);
  assert.match(document.text, /next train\n/);
  await record.until(document, (found) => found.length === 0);
});

test("formatting", async () => {
  const edits = await provider("formatting").provideDocumentFormattingEdits(
    document,
    { tabSize: 2, insertSpaces: true },
    token,
  );
  record.apply(document, edits);
  assert.match(document.text, /step train \{\n {4}run "true"\n {2}\}\n\}\n$/);
});

test("the definition of a step", async () => {
  const found = await provider("definition").provideDefinition(document, at("next train", 6), token);
  const [place] = [found].flat();
  const range = place.targetSelectionRange ?? place.range;
  assert.deepEqual(range.start, at("step train", 5));
});

test("hover and completion", async () => {
  const hover = await provider("hover").provideHover(document, at("platform", 2), token);
  const said = JSON.stringify(hover.contents);
  assert.match(said, /platform/);
  const position = at("next train", 5);
  const list = await provider("completion").provideCompletionItems(document, position, token, {
    triggerKind: 0,
  });
  const labels = (list.items ?? list).map((item) => item.label.label ?? item.label);
  assert.ok(labels.includes("train"), String(labels));
});

test("build runs the program on the saved file", async () => {
  assert.ok(document.isDirty);
  await record.commands.get("flowbatch.build")();
  assert.ok(!document.isDirty);
  const { execution } = record.tasks.at(-1);
  assert.equal(execution.process, program);
  execFileSync(execution.process, execution.args, { ...execution.options, stdio: "pipe" });
  assert.ok(fs.existsSync(path.join(project, "out/A/job-definitions/train.json")));
});

test("explain shows what decided the options", async () => {
  await record.commands.get("flowbatch.explain")();
  const { document: shown } = record.shown.at(-1);
  assert.match(shown.text, /step train — job definition A-train, after start/);
});

test("what a step compiles to is shown by the server's own command", async () => {
  await record.commands.get("flowbatch.emitted")(document.uri.toString(), "train");
  await record.untilShown((shown) => /\/A-train\.json$/.test(shown.path));
});

test("explain of what has errors, and without a flow", async () => {
  record.type(document, new vscode.Range(at("queue"), at("queue", 5)), "qeue");
  record.press = (_text, [button]) => button;
  await record.commands.get("flowbatch.explain")();
  assert.match(record.errors.at(-1), /cannot be explained/);
  assert.equal(record.shown.at(-1), "output");
  assert.match(record.errors.at(-1), /it has errors/);
  record.settings["flowbatch.path"] = "no-such-flowbatch";
  await record.commands.get("flowbatch.explain")();
  assert.match(record.errors.at(-1), /`no-such-flowbatch` was not found/);
  record.settings["flowbatch.path"] = program;
  record.settings["flowbatch.arguments"] = ["--nonsense"];
  await record.commands.get("flowbatch.explain")();
  assert.match(record.errors.at(-1), /cannot be explained: error: unexpected argument/);
  delete record.settings["flowbatch.arguments"];
  vscode.window.activeTextEditor = undefined;
  await record.commands.get("flowbatch.build")();
  assert.match(record.errors.at(-1), /Open a \.flow file/);
});

test("a restart serves the open texts again", async () => {
  await record.until(document, (found) => found.length > 0);
  record.diagnostics.clear();
  await record.commands.get("flowbatch.restart")();
  await record.until(document, (found) => found.length > 0);
});

test("where lines are indented", () => {
  const file = path.join(folder, manifest.contributes.languages[0].configuration);
  const configuration = JSON.parse(fs.readFileSync(file, "utf8"));
  const { increaseIndentPattern, decreaseIndentPattern } = configuration.indentationRules;
  const increase = new RegExp(increaseIndentPattern);
  for (const line of ["flow A {", "  step a {  # beside", "@batch(", "  vars = {", "  run ["]) {
    assert.match(line, increase);
  }
  for (const line of ["# a {", "  step a { run [] }", "@batch(cpu=1)", '  run """', "  # {"]) {
    assert.doesNotMatch(line, increase);
  }
  for (const line of ["}", "  )", "  ]"]) assert.match(line, new RegExp(decreaseIndentPattern));
  const [documentation] = configuration.onEnterRules.map(({ beforeText }) => new RegExp(beforeText));
  assert.match("  ## What it is.", documentation);
  assert.doesNotMatch("  # A comment.", documentation);
  const words = "@batch(cpu=0.5, memory_x=8GiB)".match(new RegExp(configuration.wordPattern, "g"));
  assert.deepEqual(words, ["batch", "cpu", "0.5", "memory_x", "8GiB"]);
});

test("every command of the manifest is there", () => {
  const named = manifest.contributes.commands.map(({ command }) => command);
  const missing = named.filter((name) => !record.commands.has(name));
  assert.deepEqual(missing, []);
  assert.ok(named.length > 3);
});

test("it ends the server with itself", async () => {
  await extension.deactivate();
  assert.equal(record.diagnostics.size, 0);
  // The process of the server would keep this one alive; the test runner waits for it.
});
