// What the client needs of VS Code, as far as it needs it: texts, events, and a record of what it
// registers and shows. Stands in for the module `vscode` in tests.

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL, fileURLToPath } = require("node:url");

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}

class Range {
  constructor(start, end, line, character) {
    this.start = typeof start === "number" ? new Position(start, end) : start;
    this.end = typeof start === "number" ? new Position(line, character) : end;
  }
}

class Uri {
  constructor(scheme, path) {
    Object.assign(this, { scheme, path, authority: "", query: "", fragment: "" });
  }
  static file(name) {
    return Uri.parse(pathToFileURL(name).href);
  }
  static parse(text) {
    if (/^https?:/.test(text)) return Object.assign(new Uri("https", text), { toString: () => text });
    const [, scheme, rest] = text.match(/^([a-z-]+):(.*)$/s);
    return new Uri(scheme, decodeURIComponent(rest.replace(/^\/\/[^/]*/, "")));
  }
  static from({ scheme, path }) {
    return new Uri(scheme, path);
  }
  get fsPath() {
    return this.scheme === "file" ? fileURLToPath(this.toString()) : this.path;
  }
  toString() {
    const path = this.path.split("/").map(encodeURIComponent).join("/");
    return this.scheme === "file" ? `file://${path}` : `${this.scheme}:${path}`;
  }
}

class EventEmitter {
  listeners = new Set();
  event = (listener, self, disposables) => {
    const call = self ? listener.bind(self) : listener;
    this.listeners.add(call);
    const disposable = new Disposable(() => this.listeners.delete(call));
    disposables?.push(disposable);
    return disposable;
  };
  fire(event) {
    for (const listener of [...this.listeners]) listener(event);
  }
  dispose() {
    this.listeners.clear();
  }
}

class Disposable {
  constructor(dispose) {
    this.call = dispose;
  }
  static from(...all) {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
  dispose() {
    this.call?.();
    this.call = undefined;
  }
}

class CancellationTokenSource {
  emitter = new EventEmitter();
  token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  cancel() {
    this.token.isCancellationRequested = true;
    this.emitter.fire();
  }
  dispose() {}
}

class TextDocument {
  constructor(uri, languageId, text) {
    Object.assign(this, { uri, languageId, text, version: 1, isDirty: false, isClosed: false });
    this.eol = 1;
  }
  get fileName() {
    return this.uri.fsPath;
  }
  get lineCount() {
    return this.text.split("\n").length;
  }
  lineAt(line) {
    return { text: this.text.split("\n")[line] };
  }
  getText(range) {
    if (!range) return this.text;
    return this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end));
  }
  offsetAt({ line, character }) {
    const before = this.text.split("\n").slice(0, line);
    return before.reduce((sum, one) => sum + one.length + 1, 0) + character;
  }
  positionAt(offset) {
    const lines = this.text.slice(0, offset).split("\n");
    return new Position(lines.length - 1, lines.at(-1).length);
  }
  async save() {
    fs.writeFileSync(this.uri.fsPath, this.text);
    this.isDirty = false;
    events.save.fire(this);
    return true;
  }
}

class WorkspaceEdit {
  all = new Map();
  set(uri, edits) {
    this.all.set(uri.toString(), [...(this.all.get(uri.toString()) ?? []), ...edits.flat().filter(Boolean)]);
  }
  replace(uri, range, newText) {
    this.set(uri, [{ range, newText }]);
  }
}

class CodeActionKind {
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
  static Empty = new CodeActionKind("");
  static QuickFix = new CodeActionKind("quickfix");
  static Refactor = new CodeActionKind("refactor");
  static RefactorExtract = new CodeActionKind("refactor.extract");
  static RefactorInline = new CodeActionKind("refactor.inline");
  static RefactorRewrite = new CodeActionKind("refactor.rewrite");
  static Source = new CodeActionKind("source");
  static SourceFixAll = new CodeActionKind("source.fixAll");
  static SourceOrganizeImports = new CodeActionKind("source.organizeImports");
}

/** Classes that only hold what they are made of. */
const holder = (...names) =>
  class {
    constructor(...values) {
      names.forEach((name, index) => (this[name] = values[index]));
    }
  };

const named = (...names) => Object.fromEntries(names.map((name, index) => [name, index]));

const events = Object.fromEntries(
  ["open", "close", "change", "save", "willSave", "folders", "configuration", "editors", "editor"]
    .concat(["tabs", "create", "rename", "delete", "willCreate", "willRename", "willDelete"])
    .map((name) => [name, new EventEmitter()]),
);

/** What happened, and what a test decides. */
const record = {
  settings: {},
  providers: {},
  diagnostics: new Map(),
  diagnosed: new EventEmitter(),
  commands: new Map(),
  executed: [],
  errors: [],
  /** Which button of an error is pressed. */
  press: () => undefined,
  tasks: [],
  shown: [],
  showed: new EventEmitter(),
  opened: [],
  log: [],
  contents: new Map(),
  documents: [],
};

/** Opens a text in an editor. */
record.open = (name, text, languageId = "flow") => {
  const document = new TextDocument(Uri.file(name), languageId, text);
  record.documents.push(document);
  const { window } = module.exports;
  window.activeTextEditor = { document };
  window.visibleTextEditors.push(window.activeTextEditor);
  const input = new module.exports.TabInputText(document.uri);
  window.tabGroups.all.push({ tabs: [{ input }], activeTab: { input } });
  events.open.fire(document);
  return document;
};

/** Types: replaces a part of a text. */
record.type = (document, range, text) => {
  const [rangeOffset, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  document.text = document.text.slice(0, rangeOffset) + text + document.text.slice(end);
  document.version += 1;
  document.isDirty = true;
  const change = { range, rangeOffset, rangeLength: end - rangeOffset, text };
  events.change.fire({ document, contentChanges: [change] });
};

/** Applies edits as an editor does, the last first. */
record.apply = (document, edits) => {
  const later = (a, b) => document.offsetAt(b.range.start) - document.offsetAt(a.range.start);
  for (const { range, newText } of [...edits].sort(later)) record.type(document, range, newText);
};

record.set = (setting, value) => {
  record.settings[setting] = value;
  events.configuration.fire({ affectsConfiguration: (section) => setting.startsWith(section) });
};

/** What `look` finds, once it does, which it may when `emitter` fires. */
const once = (emitter, look) =>
  new Promise((answer) => {
    const again = () => {
      const found = look();
      if (found === undefined) return;
      listening.dispose();
      answer(found);
    };
    const listening = emitter.event(again);
    again();
  });

/** The diagnostics of a document, once they are as `is` says. */
record.until = (document, is) =>
  once(record.diagnosed, () => {
    const found = record.diagnostics.get(document.uri.toString()) ?? [];
    return is(found) ? found : undefined;
  });

/** The document that was shown of which `is` holds, once there is one. */
record.untilShown = (is) =>
  once(record.showed, () => record.shown.find(({ document }) => document && is(document)));

const provider = (kind) => (...args) => {
  const entry = { selector: args[0], provider: args.at(-1) };
  // Some are followed by characters or by a legend.
  entry.provider = args.find((arg, index) => index > 0 && typeof arg === "object") ?? args[0];
  (record.providers[kind] ??= []).push(entry);
  return new Disposable(() => {
    record.providers[kind] = record.providers[kind].filter((other) => other !== entry);
  });
};

const matches = (filter, document) =>
  (!filter.language || filter.language === document.languageId) &&
  (!filter.scheme || filter.scheme === document.uri.scheme) &&
  (!filter.pattern || document.uri.path.endsWith(String(filter.pattern).replace(/^\*\*/, "")));

const message = (level) => (text) => record.log.push([level, String(text)]);

module.exports = {
  record,
  version: "1.91.0",
  Position,
  Range,
  Uri,
  EventEmitter,
  Disposable,
  CancellationTokenSource,
  WorkspaceEdit,
  CancellationError: class extends Error {},
  Selection: Range,
  Diagnostic: holder("range", "message", "severity"),
  DiagnosticRelatedInformation: holder("location", "message"),
  Location: holder("uri", "range"),
  TextEdit: class {
    constructor(range, newText) {
      Object.assign(this, { range, newText });
    }
    static replace = (range, text) => new module.exports.TextEdit(range, text);
    static insert = (at, text) => new module.exports.TextEdit(new Range(at, at), text);
    static delete = (range) => new module.exports.TextEdit(range, "");
  },
  SnippetTextEdit: holder("range", "snippet"),
  SnippetString: holder("value"),
  MarkdownString: holder("value"),
  Hover: holder("contents", "range"),
  CodeLens: holder("range", "command"),
  CodeAction: holder("title", "kind"),
  CompletionItem: holder("label", "kind"),
  CompletionList: holder("items", "isIncomplete"),
  InlineCompletionItem: holder("insertText"),
  SignatureHelp: holder(),
  SignatureInformation: holder("label", "documentation"),
  ParameterInformation: holder("label", "documentation"),
  DocumentLink: holder("range", "target"),
  DocumentSymbol: holder("name", "detail", "kind", "range", "selectionRange"),
  SymbolInformation: holder("name", "kind", "containerName", "location"),
  DocumentHighlight: holder("range", "kind"),
  FoldingRange: holder("start", "end", "kind"),
  SelectionRange: holder("range", "parent"),
  InlayHint: holder("position", "label", "kind"),
  InlayHintLabelPart: holder("value"),
  SemanticTokens: holder("data", "resultId"),
  SemanticTokensEdit: holder("start", "deleteCount", "data"),
  SemanticTokensEdits: holder("edits", "resultId"),
  SemanticTokensLegend: holder("tokenTypes", "tokenModifiers"),
  CallHierarchyItem: holder(),
  TypeHierarchyItem: holder(),
  InlineValueText: holder(),
  LinkedEditingRanges: holder("ranges", "wordPattern"),
  Color: holder(),
  ColorInformation: holder(),
  ColorPresentation: holder(),
  TabInputText: holder("uri"),
  TabInputTextDiff: holder("original", "modified"),
  TabInputCustom: holder("uri"),
  TabInputNotebook: holder("uri"),
  Task: holder("definition", "scope", "name", "source", "execution", "problemMatchers"),
  ProcessExecution: holder("process", "args", "options"),
  RelativePattern: holder("baseUri", "pattern"),
  CodeActionKind,
  TaskScope: { Global: 1, Workspace: 2 },
  TaskGroup: { Build: "build" },
  ViewColumn: { Active: -1, Beside: -2 },
  ProgressLocation: { Window: 10 },
  LogLevel: named("Off", "Trace", "Debug", "Info", "Warning", "Error"),
  DiagnosticSeverity: named("Error", "Warning", "Information", "Hint"),
  DiagnosticTag: { Unnecessary: 1, Deprecated: 2 },
  CodeActionTriggerKind: { Invoke: 1, Automatic: 2 },
  CompletionTriggerKind: named("Invoke", "TriggerCharacter", "TriggerForIncompleteCompletions"),
  CompletionItemKind: named("Text", "Method", "Function", "Constructor", "Field", "Variable"),
  CompletionItemTag: { Deprecated: 1 },
  FoldingRangeKind: { Comment: 1, Imports: 2, Region: 3 },
  SymbolKind: named("File", "Module"),
  SymbolTag: { Deprecated: 1 },
  TextDocumentSaveReason: { Manual: 1, AfterDelay: 2, FocusOut: 3 },
  TextDocumentChangeReason: { Undo: 1, Redo: 2 },
  FileType: { File: 1, Directory: 2 },
  EndOfLine: { LF: 1, CRLF: 2 },
  env: {
    language: "en",
    appName: "a test",
    openExternal: async (uri) => record.opened.push(uri.toString()),
  },
  commands: {
    registerCommand: (name, call) => {
      record.commands.set(name, call);
      return new Disposable(() => record.commands.delete(name));
    },
    executeCommand: async (name, ...args) => record.executed.push([name, ...args]),
  },
  tasks: { executeTask: async (task) => record.tasks.push(task) },
  languages: {
    match: (selector, document) =>
      [selector].flat().some((filter) => matches(filter, document)) ? 10 : 0,
    createDiagnosticCollection: () => ({
      set: (uri, found) => {
        record.diagnostics.set(uri.toString(), found ?? []);
        record.diagnosed.fire();
      },
      delete: (uri) => {
        record.diagnostics.delete(uri.toString());
        record.diagnosed.fire();
      },
      clear: () => record.diagnostics.clear(),
      dispose: () => record.diagnostics.clear(),
    }),
    registerCodeActionsProvider: provider("codeAction"),
    registerCompletionItemProvider: provider("completion"),
    registerDefinitionProvider: provider("definition"),
    registerDocumentFormattingEditProvider: provider("formatting"),
    registerDocumentHighlightProvider: provider("highlight"),
    registerDocumentRangeFormattingEditProvider: provider("rangeFormatting"),
    registerDocumentSemanticTokensProvider: provider("semanticTokens"),
    registerDocumentRangeSemanticTokensProvider: provider("rangeSemanticTokens"),
    registerDocumentSymbolProvider: provider("symbol"),
    registerFoldingRangeProvider: provider("folding"),
    registerHoverProvider: provider("hover"),
    registerInlayHintsProvider: provider("inlayHints"),
    registerReferenceProvider: provider("reference"),
    registerRenameProvider: provider("rename"),
    registerSignatureHelpProvider: provider("signatureHelp"),
    registerWorkspaceSymbolProvider: provider("workspaceSymbol"),
    registerCodeLensProvider: provider("codeLens"),
    registerDocumentLinkProvider: provider("link"),
  },
  window: {
    activeTextEditor: undefined,
    visibleTextEditors: [],
    tabGroups: { all: [], onDidChangeTabs: events.tabs.event },
    onDidChangeActiveTextEditor: events.editor.event,
    onDidChangeVisibleTextEditors: events.editors.event,
    createOutputChannel: () => ({
      logLevel: 3,
      onDidChangeLogLevel: new EventEmitter().event,
      trace: message("trace"),
      debug: message("debug"),
      info: message("info"),
      warn: message("warn"),
      error: message("error"),
      append: message("text"),
      appendLine: message("text"),
      show: () => record.shown.push("output"),
      dispose() {},
    }),
    showErrorMessage: async (text, ...buttons) => {
      record.errors.push(text);
      return record.press(text, buttons.filter((button) => typeof button === "string"));
    },
    showWarningMessage: async (text) => void record.errors.push(text),
    showInformationMessage: async (text) => void record.errors.push(text),
    showTextDocument: async (document, options) => {
      record.shown.push({ document, options });
      record.showed.fire();
    },
    withProgress: (_options, work) => work({ report() {} }, new CancellationTokenSource().token),
  },
  workspace: {
    workspaceFolders: undefined,
    notebookDocuments: [],
    get textDocuments() {
      return record.documents;
    },
    getWorkspaceFolder: (uri) =>
      module.exports.workspace.workspaceFolders?.find((folder) =>
        uri.fsPath.startsWith(folder.uri.fsPath + path.sep),
      ),
    getConfiguration: (section) => ({
      get: (key, fallback) => record.settings[section ? `${section}.${key}` : key] ?? fallback,
    }),
    onDidChangeConfiguration: events.configuration.event,
    onDidOpenTextDocument: events.open.event,
    onDidCloseTextDocument: events.close.event,
    onDidChangeTextDocument: events.change.event,
    onDidSaveTextDocument: events.save.event,
    onWillSaveTextDocument: events.willSave.event,
    onDidChangeWorkspaceFolders: events.folders.event,
    onDidCreateFiles: events.create.event,
    onDidRenameFiles: events.rename.event,
    onDidDeleteFiles: events.delete.event,
    onWillCreateFiles: events.willCreate.event,
    onWillRenameFiles: events.willRename.event,
    onWillDeleteFiles: events.willDelete.event,
    createFileSystemWatcher: () => ({
      onDidCreate: new EventEmitter().event,
      onDidChange: new EventEmitter().event,
      onDidDelete: new EventEmitter().event,
      dispose() {},
    }),
    registerTextDocumentContentProvider: (scheme, provider) => {
      record.contents.set(scheme, provider);
      return new Disposable(() => record.contents.delete(scheme));
    },
    openTextDocument: async (uri) => {
      const text = record.contents.get(uri.scheme).provideTextDocumentContent(uri);
      return new TextDocument(uri, "plaintext", text);
    },
    applyEdit: async (edit) => {
      for (const [uri, edits] of edit.all) {
        const document = record.documents.find((one) => one.uri.toString() === uri);
        record.apply(document, edits);
      }
      return true;
    },
  },
};
