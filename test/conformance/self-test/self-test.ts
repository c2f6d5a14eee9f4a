import { type Case, labelOf } from "../case.js";
import { cases } from "../cases/index.js";
import { startServer } from "../managed-server.js";
import { protocols } from "../protocols.js";
import { type Outcome, runCase } from "../run.js";
import { type Fault, faults } from "./faults.js";
import { proxyWith, type Tampering } from "./proxy.js";

/** Ample for a case that passes; one that waits for an event that never comes fails after this time. */
const CASE_TIMEOUT_MS = 4_000;

/** Mutation test of the suite: it detects each faulty server, and passes the same proxy without a fault. */
export async function selfTest(print: (line: string) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const report = (line: string, outcome: Outcome) => {
    outcomes.push(outcome);
    const why = "why" in outcome ? `: ${outcome.why}` : "";
    print(`  ${outcome.kind === "passed" ? "ok  " : "FAIL"} ${line}${why}`);
  };
  print("A proxy without a fault passes");
  const direct = new Set(faults.filter(({ proxyBuffers }) => proxyBuffers).map(caseFor));
  for (const one of new Set(faults.map(caseFor)))
    report(labelOf(one), await runBehind(direct.has(one) ? undefined : {}, one));
  print("\nA faulty server fails");
  for (const fault of faults) {
    const one = caseFor(fault);
    const { kind } = await runBehind(fault.tampering(), one);
    report(
      `a server that ${fault.name}`,
      kind === "failed" ? { kind: "passed" } : { kind: "failed", why: `${kind}: ${labelOf(one)}` },
    );
  }
  return outcomes;
}

function caseFor({ detectedBy }: Fault): Case {
  const found = cases.find(({ title }) => title === detectedBy);
  if (!found) throw new Error(`no case has the title ${JSON.stringify(detectedBy)}`);
  return found;
}

/** Without tampering, the case is run on the server itself. */
async function runBehind(tampering: Tampering | undefined, one: Case): Promise<Outcome> {
  const { target, close } = await startServer(protocols.Connect, tampering && proxyWith(tampering));
  try {
    return await runCase(one, target, CASE_TIMEOUT_MS);
  } finally {
    await close();
  }
}
