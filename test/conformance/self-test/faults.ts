import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type SendToRequest,
  type SubscribeRequest,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from "../../../gen/parlance/v1/chat_service_pb.js";
import type { EventKind } from "../../support/people.js";
import type { Tampering } from "./proxy.js";

/** A server that violates one requirement, and the case that must detect it. */
export interface Fault {
  readonly name: string;
  /** Title of the case that must fail. */
  readonly detectedBy: string;
  /** Called once for each server, because some faults have state. */
  readonly tampering: () => Tampering;
}

type Feed = AsyncIterable<SubscribeResponse>;
const is = (kind: EventKind, { event }: SubscribeResponse) => event?.kind.case === kind;

/** Drops the `request_id` of one RPC, so that its retries are not deduplicated. */
const withoutRequestId = (of: string) => () => ({
  request: (rpc: string, request: Record<string, unknown>) =>
    rpc === of ? { ...request, requestId: "" } : undefined,
});

/** A feed that omits the events of one kind. */
const without = (kind: EventKind) => () => ({
  async *feed(feed: Feed) {
    for await (const response of feed) if (!is(kind, response)) yield response;
  },
});

/** Swaps every message with the event after it. */
async function* reordered(feed: Feed) {
  let held: SubscribeResponse | undefined;
  for await (const response of feed) {
    if (!held && is("message", response)) {
      held = response;
      continue;
    }
    yield response;
    if (held) yield held;
    held = undefined;
  }
}

/** Delivers the first message of a resumed feed `times` times. */
const repeatFirst = (times: number) => () => ({
  async *feed(feed: Feed, { after }: SubscribeRequest) {
    let first = after !== "";
    for await (const response of feed) {
      const copies = first && is("message", response) ? times : 1;
      first &&= !is("message", response);
      for (let i = 0; i < copies; i++) yield response;
    }
  },
});

function leaking(): Tampering {
  const leaks: SubscribeResponse[] = [];
  return {
    async response(rpc, forward, request) {
      const result = await forward();
      if (rpc === "sendTo") {
        const { nickname, text } = request as SendToRequest;
        const kind = {
          case: "privateMessage",
          value: { recipient: nickname, sender: "someone", text },
        } as const;
        leaks.push(create(SubscribeResponseSchema, { event: { ...result, kind } }));
      }
      return result;
    },
    async *feed(feed) {
      let sent = leaks.length;
      for await (const response of feed) {
        yield response;
        while (sent < leaks.length) yield leaks[sent++]!;
      }
    },
  };
}

function everySecondFeed(feed: NonNullable<Tampering["feed"]>): Tampering {
  let feeds = 0;
  return { feed: (source, request) => (feeds++ % 2 === 0 ? source : feed(source, request)) };
}

export const faults: readonly Fault[] = [
  {
    name: "reorders events",
    detectedBy: "all readers receive the events in the same order",
    tampering: () => everySecondFeed(reordered),
  },
  {
    name: "loses an event on resume",
    detectedBy: "a resumed feed: missed events, then live ones, without loss or duplicates",
    tampering: repeatFirst(0),
  },
  {
    name: "duplicates an event on resume",
    detectedBy: "a resumed feed: missed events, then live ones, without loss or duplicates",
    tampering: repeatFirst(2),
  },
  {
    name: "ends a feed with status OK",
    detectedBy: "a feed never ends with status OK",
    tampering: () => ({
      async *feed(feed) {
        try {
          yield* feed;
        } catch {
          // The fault: the error is swallowed.
        }
      },
    }),
  },
  {
    name: "leaks a private message",
    detectedBy: "only sender and recipient receive a private message",
    tampering: leaking,
  },
  {
    name: "toggles back on a retry",
    detectedBy: "a retried ToggleIgnore does not toggle back",
    tampering: withoutRequestId("toggleIgnore"),
  },
  {
    name: "delivers group messages while ignoring",
    detectedBy: "group messages are not delivered while ignoring",
    tampering: () => ({
      response: async (rpc, forward) => (rpc === "toggleIgnore" ? { ignoring: true, skipped: 0 } : forward()),
    }),
  },
  {
    name: "appends a retried Broadcast twice",
    detectedBy: "a retried Broadcast is appended once",
    tampering: withoutRequestId("broadcast"),
  },
  {
    name: "appends a retried SendTo twice",
    detectedBy: "a retried SendTo is appended once",
    tampering: withoutRequestId("sendTo"),
  },
  {
    name: "refuses the nickname to a retried Login",
    detectedBy: "a retried Login returns the same member with a fresh token",
    tampering: withoutRequestId("login"),
  },
  {
    name: "sends no heartbeats",
    detectedBy: "a heartbeat follows an interval without events",
    tampering: without("heartbeat"),
  },
  {
    name: "skips lost events silently",
    detectedBy: "a cursor of another log gives a gap, then live events",
    tampering: without("gap"),
  },
  {
    name: "never sends caught_up",
    detectedBy: "a fresh feed: hello, caught_up, live events in order",
    tampering: without("caughtUp"),
  },
  {
    name: "corrects texts",
    detectedBy: "a text is delivered exactly as it was sent",
    tampering: () => ({
      request: (rpc, request) =>
        rpc === "broadcast" ? { ...request, text: String(request.text).trim().normalize("NFC") } : undefined,
    }),
  },
  {
    name: "returns another cursor than the feeds",
    detectedBy: "the returned cursor is that of the event on every feed",
    tampering: () => ({
      response: async (rpc, forward) => ({
        ...(await forward()),
        ...(rpc === "broadcast" && { cursor: "x" }),
      }),
    }),
  },
  {
    name: "accepts any token",
    detectedBy: "ListUsers without a valid token is refused",
    tampering() {
      let token = "";
      return {
        async response(rpc, forward) {
          const result = await forward();
          if (rpc === "login" && "token" in result) token = `Bearer ${result.token}`;
          return result;
        },
        headers: (headers) => ({ ...headers, authorization: token }),
      };
    },
  },
  {
    name: "has error messages in one language only",
    detectedBy: "error messages follow accept-language",
    tampering: () => ({ headers: ({ authorization }) => (authorization ? { authorization } : {}) }),
  },
  {
    name: "omits the ErrorDetail",
    detectedBy: "SendTo refuses a nickname that is not in the room",
    tampering: () => ({ error: ({ rawMessage, code }) => new ConnectError(rawMessage, code) }),
  },
  {
    name: "returns wrong status codes",
    detectedBy: "SendTo refuses a nickname that is not in the room",
    tampering: () => ({
      error(error) {
        const wrong = new ConnectError(error.rawMessage, Code.Unknown);
        wrong.details = error.details;
        return wrong;
      },
    }),
  },
];
