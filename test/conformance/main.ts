import { parseArgs } from "node:util";
import { type Case, labelOf } from "./case.js";
import { cases } from "./cases/index.js";
import { hooks, hooksByCommand } from "./hooks.js";
import { type ManagedServer, startServer } from "./managed-server.js";
import { type Protocol, protocols } from "./protocols.js";
import { type Outcome, runCase } from "./run.js";
import { selfTest } from "./self-test/self-test.js";
import { connect } from "./target.js";

const hookLines = Object.entries(hooks).map(([name, what]) => `  ${name.padEnd(15)} ${what}`);

const USAGE = `Usage: npm run conformance -- [--url URL [--hooks COMMAND]] [--protocol NAME] [--only TEXT] [--self-test]

Checks a server that implements parlance.v1 against the requirements in the comments of the schema, each of which has an
id such as [BC-2]. Without --url, it starts the server of this repository.

  --url URL         server to check, such as http://127.0.0.1:12231
  --hooks COMMAND   what controls that server, see below
  --protocol NAME   one of ${Object.keys(protocols).join(", ")}; all by default
  --only TEXT       only the cases with this id, or with this text in their title
  --self-test       checks the suite itself: it must detect each of a set of faulty servers

Some cases need the store of the server to fail, or to be an older copy. They run COMMAND through the shell, with the
name of a hook as its last argument, and wait until it ends. Status 0 means that the hook was carried out and the server
is ready again; status 69 means that the server does not have the hook, and the case does not apply. The hooks:

${hookLines.join("\n")}
`;

const signs: Record<Outcome["kind"], string> = { passed: "ok  ", failed: "FAIL", "not applicable": "n/a " };

interface Options {
  readonly url?: string | undefined;
  readonly hooks?: string | undefined;
  readonly protocol?: string | undefined;
  readonly only?: string | undefined;
}

function isSelected({ ids, title }: Case, only: string | undefined): boolean {
  return only === undefined || ids.includes(only) || title.includes(only);
}

async function open(protocol: Protocol, { url, hooks }: Options): Promise<ManagedServer> {
  const transportTo = protocols[protocol];
  if (!url) return startServer(transportTo);
  const hook = hooks === undefined ? {} : { hook: hooksByCommand(hooks) };
  return { target: await connect({ url, transportTo, ...hook }), close: async () => {} };
}

async function checkOver(protocol: Protocol, options: Options): Promise<Outcome[]> {
  const { target, close } = await open(protocol, options);
  process.stdout.write(`\n${protocol}, ${target.url}\n`);
  const outcomes: Outcome[] = [];
  for (const one of cases.filter((one) => isSelected(one, options.only))) {
    const outcome = await runCase(one, target);
    outcomes.push(outcome);
    const why =
      outcome.kind === "passed" ? "" : `\n       ${outcome.why.trimEnd().replaceAll("\n", "\n       ")}`;
    process.stdout.write(`  ${signs[outcome.kind]} ${labelOf(one)}${why}\n`);
  }
  await close();
  return outcomes;
}

async function checkAll(options: Options): Promise<Outcome[]> {
  const names = Object.keys(protocols) as Protocol[];
  const chosen = names.filter((name) => !options.protocol || name === options.protocol);
  const outcomes: Outcome[] = [];
  for (const protocol of chosen) outcomes.push(...(await checkOver(protocol, options)));
  return outcomes;
}

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    hooks: { type: "string" },
    protocol: { type: "string" },
    only: { type: "string" },
    "self-test": { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) process.stdout.write(USAGE);
else {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const outcomes = values["self-test"] ? await selfTest(print) : await checkAll(values);
  const count = (kind: Outcome["kind"]) => outcomes.filter((outcome) => outcome.kind === kind).length;
  print(`\n${count("passed")} passed, ${count("failed")} failed, ${count("not applicable")} not applicable`);
  // A case that got no result may still hold a connection.
  process.exit(count("failed") > 0 || outcomes.length === 0 ? 1 : 0);
}
