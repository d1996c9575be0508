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

/** What is wrong with the program, as a sentence; `undefined` if it serves. */
function problem(program) {
  return new Promise((answer) => {
    execFile(program, ["lsp", "--help"], { timeout: 10_000 }, (error, _stdout, stderr) => {
      if (!error) return answer(undefined);
      switch (error.code) {
        case "ENOENT":
          return answer(
            `The program \`${program}\` was not found. Install flowbatch, or say in the setting ` +
              "flowbatch.path where it is.",
          );
        case "EACCES":
          return answer(
            `The program \`${program}\` may not be run. Correct its permissions, or the setting ` +
              "flowbatch.path.",
          );
        case 2:
          return answer(
            `The program \`${program}\` has no language server: it is too old, or another one. ` +
              "Install a newer flowbatch, or correct the setting flowbatch.path.",
          );
        default: {
          const said = stderr.trim().split("\n", 1)[0] || error.message;
          return answer(`The program \`${program}\` does not run: ${said}`);
        }
      }
    });
  });
}

/** Runs the program to its end. */
function run(program, args, options) {
  return new Promise((answer) => {
    execFile(
      program,
      args,
      { maxBuffer: 64 * 1024 * 1024, ...options },
      (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        const failed = typeof code !== "number";
        answer({ code, stdout, stderr: failed ? error.message : stderr });
      },
    );
  });
}

module.exports = { problem, resolve, run };
