import { type Case, titleOf } from "../case.js";
import { cases } from "../cases/index.js";
import { openOwn } from "../own-server.js";
import { protocols } from "../protocols.js";
import { type Outcome, runCase } from "../run.js";
import { type Fault, faults } from "./faults.js";
import { proxyWith, type Tampering } from "./proxy.js";

/** Ample for a case that passes; one that waits for what never comes is cut here. */
const CASE_LIMIT_MS = 4_000;

/** The suite tells each broken server, and passes the same proxy when it breaks nothing. */
export async function selfTest(tell: (line: string) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const conclude = (line: string, outcome: Outcome) => {
    outcomes.push(outcome);
    tell(
      `  ${outcome.kind === "passed" ? "ok  " : "FAIL"} ${line}${"why" in outcome ? `: ${outcome.why}` : ""}`,
    );
  };
  tell("A proxy that breaks nothing passes");
  for (const one of new Set(faults.map(caseFor))) conclude(titleOf(one), await runBehind({}, one));
  tell("\nA server that breaks a promise fails");
  for (const fault of faults) {
    const outcome = await runBehind(fault.tampering(), caseFor(fault));
    conclude(
      `one that ${fault.name}`,
      outcome.kind === "failed"
        ? { kind: "passed" }
        : { kind: "failed", why: `${outcome.kind}: ${titleOf(caseFor(fault))}` },
    );
  }
  return outcomes;
}

function caseFor({ breaks }: Fault): Case {
  const found = cases.filter((one) => titleOf(one).includes(breaks));
  if (found.length !== 1) throw new Error(`${found.length} cases are called ${JSON.stringify(breaks)}`);
  return found[0]!;
}

async function runBehind(tampering: Tampering, one: Case): Promise<Outcome> {
  const { world, close } = await openOwn(protocols.Connect, proxyWith(tampering));
  try {
    return await runCase(one, world, CASE_LIMIT_MS);
  } finally {
    await close();
  }
}
