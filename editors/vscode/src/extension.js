// Starts the language server, says what to do when it cannot be started, and has the commands.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { build, explain, Explanations, SCHEME } = require("./commands");
const program = require("./program");

const INSTALLATION = "https://github.com/flowbatch/flowbatch#try-it";

/** The settings that a running server was started with. */
const STARTING = ["flowbatch.path", "flowbatch.arguments"];

class Extension {
  client = undefined;
  /** Starts and stops wait for each other. */
  pending = Promise.resolve();

  constructor(output) {
    this.output = output;
  }

  /** The program and the arguments that every command takes. */
  command(uri) {
    const settings = vscode.workspace.getConfiguration("flowbatch", uri);
    const folder =
      (uri && vscode.workspace.getWorkspaceFolder(uri)) || vscode.workspace.workspaceFolders?.[0];
    return {
      program: program.resolve(settings.get("path"), folder?.uri.fsPath),
      // People write what they like into a settings file.
      args: [settings.get("arguments") ?? []].flat().map(String),
      folder: folder?.uri.fsPath,
    };
  }

  restart() {
    this.pending = this.pending.then(() => this.stopNow()).then(() => this.startNow());
    return this.pending;
  }

  stop() {
    this.pending = this.pending.then(() => this.stopNow());
    return this.pending;
  }

  async stopNow() {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // It has ended by itself.
      this.output.warn(String(error));
    }
  }

  async startNow() {
    const command = this.command();
    const problem = await program.problem(command.program, command.args);
    if (problem) {
      this.output.error(problem);
      void this.complain(problem);
      return;
    }
    const client = new LanguageClient(
      "flowbatch",
      "flowbatch",
      { command: command.program, args: ["lsp", ...command.args] },
      {
        documentSelector: [
          { language: "flow", scheme: "file" },
          { language: "flow", scheme: "untitled" },
          // Not saved yet, it decides what is wrong with flows already.
          { pattern: "**/flowbatch.toml", scheme: "file" },
        ],
        outputChannel: this.output,
      },
    );
    try {
      await client.start();
      this.client = client;
      this.output.info(`${command.program} lsp ${command.args.join(" ")}`.trim());
    } catch (error) {
      await client.dispose().catch((error) => this.output.warn(String(error)));
      this.output.error(String(error));
      void this.complain(`The language server of flowbatch does not start: ${error}`);
    }
  }

  /** Shows what is wrong, and helps to mend it. */
  async complain(problem) {
    const [install, settings, again] = ["How to Install", "Open Settings", "Try Again"];
    switch (await vscode.window.showErrorMessage(problem, install, settings, again)) {
      case install:
        await vscode.env.openExternal(vscode.Uri.parse(INSTALLATION));
        break;
      case settings:
        await vscode.commands.executeCommand("workbench.action.openSettings", "flowbatch.path");
        break;
      case again:
        await this.restart();
        break;
    }
  }
}

let extension;

async function activate(context) {
  const output = vscode.window.createOutputChannel("flowbatch", { log: true });
  extension = new Extension(output);
  const explanations = new Explanations();
  context.subscriptions.push(
    output,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, explanations),
    vscode.commands.registerCommand("flowbatch.build", () => build(extension)),
    vscode.commands.registerCommand("flowbatch.explain", () => explain(extension, explanations)),
    vscode.commands.registerCommand("flowbatch.restart", () => extension.restart()),
    vscode.commands.registerCommand("flowbatch.output", () => output.show()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (STARTING.some((setting) => change.affectsConfiguration(setting))) extension.restart();
    }),
  );
  await extension.restart();
}

function deactivate() {
  return extension?.stop();
}

module.exports = { activate, deactivate };
