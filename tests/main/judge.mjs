// Gives job definitions to cdk-preflight's rules in AWS' own engine for CloudFormation templates.
//
// The argument is the folder that both packages are installed in. Standard input is a list of
// properties of AWS::Batch::JobDefinition; standard output is one document: the ids of the rules for
// job definitions, and for each definition what is found, a warning or worse.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { RegoEngine } = require("@aws/cloudformation-validate");
const { BUNDLED_LIBS, BUNDLED_RULES } = require("cdk-preflight/lib/rules.generated");

const TYPE = "AWS::Batch::JobDefinition";
// One by one, each takes three times as long.
const AT_ONCE = 50;

const rules = BUNDLED_RULES.filter((rule) => rule.resourceTypes.includes(TYPE));
const engine = new RegoEngine({
  customRules: [
    ...BUNDLED_LIBS.map((lib) => ({ name: lib.name, content: lib.rego })),
    ...rules.map((rule) => ({ name: rule.id, content: rule.rego })),
  ],
});

/** A list for each definition of what is found in it. */
function judged(definitions) {
  const ids = definitions.map((_, index) => `Definition${index}`);
  const resources = definitions.map((Properties, index) => [ids[index], { Type: TYPE, Properties }]);
  const bytes = Buffer.from(JSON.stringify({ Resources: Object.fromEntries(resources) }));
  const file = { path: "template.json", readBytes: () => bytes };
  // E3019: they are of many flows, so two may have one name.
  const settings = { severityLevel: "WARN", exclude: { ids: ["E3019"] } };
  const report = engine.validateStandard(file, settings);
  if (report.status !== "OK" || report.metadata.resourcesScanned !== definitions.length) {
    throw new Error(`not judged: ${JSON.stringify(report)}`);
  }
  const found = new Map(ids.map((id) => [id, []]));
  for (const { entity, ruleId, severity, message } of report.diagnostics) {
    // One that is about no definition ends the process.
    found.get(entity.logicalId).push({ ruleId, severity, message });
  }
  return [...found.values()];
}

const definitions = JSON.parse(readFileSync(0, "utf8"));
const verdicts = [];
for (let at = 0; at < definitions.length; at += AT_ONCE) {
  verdicts.push(...judged(definitions.slice(at, at + AT_ONCE)));
}
engine.free();
console.log(JSON.stringify({ rules: rules.map((rule) => rule.id), verdicts }));
