// The grammar over real files, those of the fixtures: beside what `test/grammar` says of each token,
// nothing that is opened may stay open, or the rest of a file has the wrong colours.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const grammars = {
  "source.flow": fileURLToPath(new URL("../syntaxes/flow.tmLanguage.json", import.meta.url)),
  "source.shell": require.resolve("tm-grammars/grammars/shellscript.json"),
};
const wasm = path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm");
await oniguruma.loadWASM(fs.readFileSync(wasm).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) =>
    grammars[scope] && textmate.parseRawGrammar(fs.readFileSync(grammars[scope], "utf8"), ".json"),
});
const grammar = await registry.loadGrammar("source.flow");

const fixtures =
  process.env.FIXTURES ?? fileURLToPath(new URL("../../../fixtures", import.meta.url));
// What is written there is right, but for the names; the others are full of mistakes.
const right = ["churn.flow", "platform.flow", "rules", "foreach", "layers"];
const files = right.flatMap((name) => {
  const file = path.join(fixtures, name);
  if (fs.statSync(file).isFile()) return [file];
  const below = fs.readdirSync(file, { recursive: true });
  return below.filter((one) => one.endsWith(".flow")).map((one) => path.join(file, one));
});

/** The tokens of a text as [text, scopes], and how deep the grammar is in it at the end. */
function tokenize(text) {
  let stack = textmate.INITIAL;
  const tokens = [];
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const { startIndex, endIndex, scopes } of result.tokens) {
      tokens.push([line.slice(startIndex, endIndex), scopes.join(" ")]);
    }
  }
  return { tokens, depth: stack.depth };
}

test("nothing stays open at the end of a file", () => {
  assert.ok(files.length > 100, String(files.length));
  const open = files.filter((file) => tokenize(fs.readFileSync(file, "utf8")).depth !== 1);
  assert.deepEqual(open, []);
});

test("what a shell would leave open ends with its script", () => {
  for (const script of ["'", "`", "$(", "${", "if true", "case x in", "<<EOF", "a() {", "(("]) {
    for (const quoted of [`"${script}"`, `"""${script}"""`, `"""\n  ${script}\n  """`]) {
      const { tokens, depth } = tokenize(`flow A { step a {\n  run ${quoted}\n  next b\n} }`);
      const next = tokens.find(([text]) => text === "next");
      assert.match(next?.[1] ?? "", /^source\.flow keyword\.control\.next\.flow$/, quoted);
      assert.equal(depth, 1, quoted);
    }
  }
});
