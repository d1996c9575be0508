// Where the program is, and whether it runs. Free of VS Code.

const { execFile } = require("node:child_process");
const os = require("node:os");
const path = require("node:path");

/** The setting `flowbatch.path` as a command: with `~` and `${workspaceFolder}` replaced. */
function resolve(setting, folder) {
  let program = (setting || "").trim() || "flowbatch";
  if (program === "~" || program.startsWith("~/") || program.startsWith("~\\")) {
    program = path.join(os.homedir(), program.slice(1));
  }
  if (folder) {
    program = program.replaceAll("${workspaceFolder}", folder);
    // A relative path, but not a bare name, is meant from the folder.
    if (/[\\/]/.test(program)) program = path.resolve(folder, program);
  }
  return program;
}

/** What is wrong with a program that did not run to its end, as a sentence; `undefined` if it did. */
function unusable(program, code) {
  switch (code) {
    case "ENOENT":
      return (
        `The program \`${program}\` was not found. Install flowbatch, or say in the setting ` +
        "flowbatch.path where it is."
      );
    case "EACCES":
      return (
        `The program \`${program}\` may not be run. Correct its permissions, or the setting ` +
        "flowbatch.path."
      );
    default:
      return undefined;
  }
}

/** What is wrong with the program and its arguments, as a sentence; `undefined` if they serve. */
async function problem(program, args) {
  const { code, stderr } = await run(program, ["lsp", "--help"], { timeout: 10_000 });
  if (code === 2) {
    return (
      `The program \`${program}\` has no language server: it is too old, or another one. ` +
      "Install a newer flowbatch, or correct the setting flowbatch.path."
    );
  }
  if (code !== 0) {
    return unusable(program, code) ?? `The program \`${program}\` does not run: ${firstLine(stderr)}`;
  }
  if (args.length === 0) return undefined;
  // Without a client it ends at once, with 2 only if it does not take its arguments.
  const alone = await run(program, ["lsp", ...args], { timeout: 10_000 });
  if (alone.code === 0 || alone.code === 1) return undefined;
  return (
    `The program \`${program}\` does not take the setting flowbatch.arguments: ` +
    firstLine(alone.stderr)
  );
}

function firstLine(text) {
  return text.trim().split("\n", 1)[0];
}

/** Runs the program to its end, without anything to read. */
function run(program, args, options) {
  return new Promise((answer) => {
    const ended = (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      const failed = typeof code !== "number";
      answer({ code, stdout, stderr: failed ? error.message : stderr });
    };
    try {
      const all = { maxBuffer: 64 * 1024 * 1024, ...options };
      const { stdin } = execFile(program, args, all, ended);
      // It may have ended already.
      stdin?.on("error", () => {});
      stdin?.end();
    } catch (error) {
      ended(error, "", "");
    }
  });
}

module.exports = { firstLine, problem, resolve, run, unusable };
