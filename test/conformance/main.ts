import { parseArgs } from "node:util";
import { selfTest } from "./broken/self-test.js";
import { titleOf } from "./case.js";
import { cases } from "./cases/index.js";
import { openOwn } from "./own-server.js";
import { type Protocol, protocols } from "./protocols.js";
import { type Outcome, runCase } from "./run.js";
import { meet } from "./world.js";

const USAGE = `Usage: npm run conformance -- [--url URL] [--protocol NAME] [--only WORDS] [--self-test]

Checks a server that claims to speak parlance.v1 against the comments of the schema. Without --url it starts ours.

  --url URL         server to check, such as http://127.0.0.1:12231
  --protocol NAME   one of ${Object.keys(protocols).join(", ")}; all by default
  --only WORDS      only the cases whose title has these words
  --self-test       checks the suite: each of a set of broken servers must fail
`;

const signs: Record<Outcome["kind"], string> = { passed: "ok  ", failed: "FAIL", "not applicable": "n/a " };

interface Options {
  readonly url?: string | undefined;
  readonly protocol?: string | undefined;
  readonly only?: string | undefined;
}

async function checkOver(protocol: Protocol, { url, only = "" }: Options): Promise<Outcome[]> {
  const transportTo = protocols[protocol];
  const { world, close } = url
    ? { world: await meet({ url, transport: transportTo(url) }), close: async () => {} }
    : await openOwn(transportTo);
  process.stdout.write(`\n${protocol}, ${world.url}\n`);
  const outcomes: Outcome[] = [];
  for (const one of cases.filter((one) => titleOf(one).includes(only))) {
    const outcome = await runCase(one, world);
    outcomes.push(outcome);
    const why =
      outcome.kind === "passed" ? "" : `\n       ${outcome.why.trimEnd().replaceAll("\n", "\n       ")}`;
    process.stdout.write(`  ${signs[outcome.kind]} ${titleOf(one)}${why}\n`);
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
    protocol: { type: "string" },
    only: { type: "string" },
    "self-test": { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) process.stdout.write(USAGE);
else {
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  const outcomes = values["self-test"] ? await selfTest(tell) : await checkAll(values);
  const count = (kind: Outcome["kind"]) => outcomes.filter((outcome) => outcome.kind === kind).length;
  tell(`\n${count("passed")} passed, ${count("failed")} failed, ${count("not applicable")} skipped`);
  process.exitCode = count("failed") > 0 || outcomes.length === 0 ? 1 : 0;
}
