import type { PortHandler } from "../../port/port.js";
import { type Explain, type Mistake, printable, respondMistake } from "./mistakes.js";
import { refuseCall } from "./refuse-call.js";

/** `/package.Service/Method`; where nothing is posted, only what cannot well be the path of a page. */
const POSTED_PATH = /^\/[\w.]+\/\w+$/;
const RPC_PATH = /^\/\w+(\.\w+)+\/\w+$/;

/**
 * Refuses a request for which there is no handler. A call of an RPC is refused with `unimplemented` as its protocol
 * encodes it, for a bare 404 would make each client library invent a message of its own.
 */
export function createNotFound(explain: Explain): PortHandler {
  return (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const isPost = request.method === "POST";
    const isRpc = (isPost ? POSTED_PATH : RPC_PATH).test(path);
    const mistake: Mistake = { kind: "not_found", sent: printable(path), isRpc };
    const error = explain(mistake, request.headers["accept-language"]);
    if (isRpc && isPost && refuseCall(request, response, error, 404)) return;
    respondMistake(request, response, mistake, error);
  };
}
