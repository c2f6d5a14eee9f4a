import { type Address, addressAgain, addressOf } from "../../chat/input/address.js";
import { secretStart } from "../../chat/input/parse.js";
import type { Problem } from "../../chat/line.js";
import type { State } from "../../chat/state.js";
import type { Calls, Followed, Request, Update } from "./messages.js";

/** One view as the hub sees it: its port, and whom its input addresses. */
export class ViewPort {
  readonly #port: MessagePort;
  #address: Address | null = null;
  #returned:
    | { readonly text: string; readonly address: Address | null; readonly problem: Problem | null }
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

  /** A text did not go out, or was taken back: it may return to the input. */
  returned(text: string, address: Address | null, problem: Problem | null): void {
    this.#returned = { text, address, problem };
  }

  /** Follows the input as it is typed. */
  follow(text: string, state: State): Followed {
    const returned = this.#returned;
    this.#returned = undefined;
    this.#address =
      returned?.text === text
        ? addressAgain(text, state, returned.address, returned.problem)
        : addressOf(text, state, this.#address);
    const recipient = this.#address?.finished ? (this.#address.person?.nickname ?? null) : null;
    return { recipient, isSecret: secretStart(text) !== null };
  }
}
