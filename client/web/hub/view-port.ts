import { type Address, addressAgain, addressOf } from "../../chat/input/address.js";
import type { Problem } from "../../chat/line.js";
import type { State } from "../../chat/state.js";
import type { Calls, Request, Update } from "./messages.js";

/** One view as the hub sees it: its port, and whom its input addresses. */
export class ViewPort {
  readonly #port: MessagePort;
  #address: Address | null = null;
  #refused:
    | { readonly text: string; readonly address: Address | null; readonly problem: Problem }
    | undefined;

  constructor(port: MessagePort, receive: (request: Request) => void) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Request>) => receive(data);
  }

  send(update: Update): void {
    this.#port.postMessage(update);
  }

  reply(id: number, value: Calls[keyof Calls]["reply"]): void {
    this.send({ kind: "reply", id, value });
  }

  /** The address of the input until now, for a text that is submitted; the input is empty afterwards. */
  takeAddress(text: string, state: State): Address | null {
    const address = addressOf(text, state, this.#address);
    this.#address = null;
    return address;
  }

  /** A text did not go out: it may return to the input. */
  refused(text: string, address: Address | null, problem: Problem): void {
    this.#refused = { text, address, problem };
  }

  /** Follows the input as it is typed. Returns the recipient once the address is finished; null for everyone. */
  follow(text: string, state: State): string | null {
    const refused = this.#refused;
    this.#refused = undefined;
    this.#address =
      refused?.text === text
        ? addressAgain(text, state, refused.address, refused.problem)
        : addressOf(text, state, this.#address);
    return this.#address?.finished ? (this.#address.person?.nickname ?? null) : null;
  }
}
