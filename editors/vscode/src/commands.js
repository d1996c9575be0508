// Build and explain: the program itself, run for the flow in the editor.

const path = require("node:path");
const vscode = require("vscode");
const { firstLine, run, unusable } = require("./program");

/** Of documents that show what was explained. */
const SCHEME = "flowbatch-explain";

/** The flow in the editor, saved; `undefined`, with a message, if there is none. */
async function flow() {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== "flow" || document.uri.scheme !== "file") {
    void vscode.window.showInformationMessage("Open a .flow file that is on the disk first.");
    return undefined;
  }
  // The program reads the disk.
  if (document.isDirty && !(await document.save())) {
    void vscode.window.showErrorMessage(`${document.uri.fsPath} could not be saved.`);
    return undefined;
  }
  return document;
}

/** Builds the flow in a terminal, below `out` in its workspace folder. */
async function build(extension) {
  const document = await flow();
  if (!document) return;
  const { program, args, folder } = extension.command(document.uri);
  const cwd = folder ?? path.dirname(document.uri.fsPath);
  const file = path.relative(cwd, document.uri.fsPath);
  const task = new vscode.Task(
    { type: "flowbatch", file },
    vscode.workspace.getWorkspaceFolder(document.uri) ?? vscode.TaskScope.Workspace,
    `build ${path.basename(file)}`,
    "flowbatch",
    new vscode.ProcessExecution(program, ["build", ...args, "--", file], { cwd }),
    [],
  );
  task.group = vscode.TaskGroup.Build;
  task.presentationOptions = { clear: true, showReuseMessage: false };
  await vscode.tasks.executeTask(task);
}

/** Shows the resolved options of the flow's steps beside it. */
async function explain(extension, explanations) {
  const document = await flow();
  if (!document) return;
  const { program, args, folder } = extension.command(document.uri);
  const cwd = folder ?? path.dirname(document.uri.fsPath);
  const file = path.relative(cwd, document.uri.fsPath);
  const ran = await run(program, ["explain", ...args, "--", file], { cwd });
  if (ran.code !== 0) {
    extension.output.error(ran.stderr);
    const show = "Show the Output";
    // With 1, it has found errors; all else is not about the flow.
    const message =
      ran.code === 1
        ? `${path.basename(file)} cannot be explained: it has errors.`
        : (unusable(program, ran.code) ??
          `${path.basename(file)} cannot be explained: ${firstLine(ran.stderr)}`);
    if ((await vscode.window.showErrorMessage(message, show)) === show) extension.output.show();
    return;
  }
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `${document.uri.path}.txt` });
  explanations.set(uri, ran.stdout);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
    viewColumn: vscode.ViewColumn.Beside,
    preserveFocus: true,
    preview: true,
  });
}

/** The texts that were made by `explain`, by their URI. */
class Explanations {
  texts = new Map();
  changes = new vscode.EventEmitter();
  onDidChange = this.changes.event;

  set(uri, text) {
    this.texts.set(uri.toString(), text);
    this.changes.fire(uri);
  }

  provideTextDocumentContent(uri) {
    return this.texts.get(uri.toString());
  }
}

module.exports = { build, explain, Explanations, SCHEME };
