/** The tab's end of the port to the hub. */
import type { Hub, HubOptions } from "./hub/hub.js";
import type { Calls, Request, Update } from "./hub/messages.js";

export type OnUpdate = (update: Exclude<Update, { kind: "reply" }>) => void;

export class HubClient {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, (value: never) => void>();
  #calls = 0;

  constructor(port: MessagePort, onUpdate: OnUpdate) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Update>) => {
      if (data.kind !== "reply") return onUpdate(data);
      this.#waiting.get(data.id)?.(data.value as never);
      this.#waiting.delete(data.id);
    };
  }

  send(request: Request): void {
    this.#port.postMessage(request);
  }

  call<Name extends keyof Calls>(name: Name, ask: Calls[Name]["ask"]): Promise<Calls[Name]["reply"]> {
    const id = ++this.#calls;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.send({ kind: "call", id, name, ask } as Request);
    });
  }
}

/** The port to the one hub of all tabs. Where there are no SharedWorkers, to a hub of this tab alone. */
export async function hubPort(): Promise<MessagePort> {
  return sharedPort() ?? (await localHub()).port;
}

/** undefined: there are none, or they are refused, as to a frame in a page of another site where that may store nothing. */
function sharedPort(): MessagePort | undefined {
  if (!("SharedWorker" in globalThis)) return undefined;
  const address = document.querySelector("script[data-worker]")?.getAttribute("data-worker") ?? "";
  try {
    return new SharedWorker(workerAddress(address), { type: "module", name: "parlance" }).port;
  } catch {
    return undefined;
  }
}

/** A hub in this document, for one view. */
export async function localHub(
  options?: HubOptions,
): Promise<{ readonly hub: Hub; readonly port: MessagePort }> {
  const { Hub } = await import("./hub/worker.js");
  const { port1, port2 } = new MessageChannel();
  const hub = new Hub(options);
  hub.add(port2);
  return { hub, port: port1 };
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

/** The page's policy of trusted types, which passes the address of its own worker and nothing else. */
function workerAddress(address: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return address;
  const policy = trustedTypes.createPolicy("worker", {
    createScriptURL(url) {
      if (url !== address) throw new TypeError("not an address of the page's worker");
      return url;
    },
  });
  return policy.createScriptURL(address);
}
