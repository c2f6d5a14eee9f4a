/** The tab's end of the port to the hub. */
import type { Hub, HubOptions } from "./hub/hub.js";
import type { Calls, Request, Update } from "./hub/messages.js";

export type OnUpdate = (update: Exclude<Update, { kind: "reply" }>) => void;

export class HubClient {
  readonly #onUpdate: OnUpdate;
  #port: MessagePort;
  readonly #waiting = new Map<number, (value: never) => void>();
  #calls = 0;

  constructor(port: MessagePort, onUpdate: OnUpdate) {
    this.#onUpdate = onUpdate;
    this.#port = port;
    this.moveTo(port);
  }

  /** Goes on with another hub, which knows nothing of what was sent before. */
  moveTo(port: MessagePort): void {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Update>) => {
      if (data.kind !== "reply") return this.#onUpdate(data);
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

export interface Ports {
  readonly port: MessagePort;
  /** Resolves if there turns out to be no hub at the other end: a port to another one. */
  readonly instead: Promise<MessagePort>;
}

/** To the one hub of all tabs. Where there are no SharedWorkers, to a hub of this tab alone. */
export async function hubPorts(): Promise<Ports> {
  const worker = sharedWorker();
  if (!worker) return { port: (await localHub()).port, instead: new Promise(() => {}) };
  const instead = new Promise<MessagePort>((resolve) => {
    worker.onerror = async () => resolve((await localHub()).port);
  });
  return { port: worker.port, instead };
}

/**
 * undefined: there are none, or they are refused. Browsers refuse them to a frame in a page of another site that may store
 * nothing: here, or (Chromium) by an error later.
 */
function sharedWorker(): SharedWorker | undefined {
  if (!("SharedWorker" in globalThis)) return undefined;
  const address = document.querySelector("script[data-worker]")?.getAttribute("data-worker") ?? "";
  try {
    return new SharedWorker(workerAddress(address), { type: "module", name: "parlance" });
  } catch {
    return undefined;
  }
}

/** A hub in this document, for one view. */
export async function localHub(
  options?: HubOptions,
): Promise<{ readonly hub: Hub; readonly port: MessagePort }> {
  const { Hub } = await import("./hub/hub.js");
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
