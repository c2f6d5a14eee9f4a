import { readSamples } from "../ops/metrics/samples.js";
import { renderStatus } from "../ops/metrics/status.js";
import { StartError } from "./start-error.js";
import { type Address, writeAddress } from "./values.js";

const TIMEOUT_MS = 5_000;

/** The state of a running server, read from its metrics. Rejects with a StartError if they cannot be read. */
export async function runStatus(address: Address): Promise<string> {
  const at = writeAddress(address);
  const text = await fetchText(`http://${at}/metrics`).catch((error: Error) => {
    const { message } = error.cause instanceof Error ? error.cause : error;
    throw new StartError(`no metrics at ${at}: ${message} (a server serves them with --metrics ${at})`, {
      cause: error,
    });
  });
  const samples = readSamples(text);
  if (!samples.some(({ name }) => name === "parlance_build_info"))
    throw new StartError(`what answers at ${at} is no Parlance server`);
  return renderStatus(samples, Date.now());
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return response.text();
}
