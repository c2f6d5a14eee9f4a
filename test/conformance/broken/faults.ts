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

/** A server that breaks one promise, and the case that must tell. */
export interface Fault {
  readonly name: string;
  /** Words of the title of the case that must fail. */
  readonly breaks: string;
  /** Called for each server anew, for faults that remember. */
  readonly tampering: () => Tampering;
}

type Feed = AsyncIterable<SubscribeResponse>;
const is = (kind: EventKind, { event }: SubscribeResponse) => event?.kind.case === kind;

/** Drops the `request_id` of one RPC, so that its retries are new calls. */
const forgetful = (of: string) => () => ({
  request: (rpc: string, request: Record<string, unknown>) =>
    rpc === of ? { ...request, requestId: "" } : undefined,
});

/** A feed without the events of one kind. */
const without = (kind: EventKind) => () => ({
  async *feed(feed: Feed) {
    for await (const told of feed) if (!is(kind, told)) yield told;
  },
});

/** Tells every message after the event that follows it. */
async function* reordered(feed: Feed) {
  let held: SubscribeResponse | undefined;
  for await (const told of feed) {
    if (!held && is("message", told)) {
      held = told;
      continue;
    }
    yield told;
    if (held) yield held;
    held = undefined;
  }
}

/** Gives a resumed feed's first message `times` times. */
const resuming = (times: number) => () => ({
  async *feed(feed: Feed, { after }: SubscribeRequest) {
    let first = after !== "";
    for await (const told of feed) {
      const copies = first && is("message", told) ? times : 1;
      first &&= !is("message", told);
      for (let i = 0; i < copies; i++) yield told;
    }
  },
});

function leaking(): Tampering {
  const leaks: SubscribeResponse[] = [];
  return {
    async answer(rpc, forward, request) {
      const answer = await forward();
      if (rpc === "sendTo") {
        const { nickname, text } = request as SendToRequest;
        const kind = {
          case: "privateMessage",
          value: { recipient: nickname, sender: "someone", text },
        } as const;
        leaks.push(create(SubscribeResponseSchema, { event: { ...answer, kind } }));
      }
      return answer;
    },
    async *feed(feed) {
      let told = leaks.length;
      for await (const response of feed) {
        yield response;
        while (told < leaks.length) yield leaks[told++]!;
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
    name: "reorders",
    breaks: "All readers see the room's events in the same order.",
    tampering: () => everySecondFeed(reordered),
  },
  { name: "loses an event on resume", breaks: "each once. (after a break)", tampering: resuming(0) },
  { name: "tells an event twice on resume", breaks: "each once. (after a break)", tampering: resuming(2) },
  {
    name: "answers plain success at the end",
    breaks: "The stream never ends with success.",
    tampering: () => ({
      async *feed(feed) {
        try {
          yield* feed;
        } catch {
          // The fault: as if all were well.
        }
      },
    }),
  },
  {
    name: "leaks a private message",
    breaks: "nobody else does; it reaches people who ignore group chat. (who hears)",
    tampering: leaking,
  },
  {
    name: "toggles twice on a retry",
    breaks: "a retry with the same one does not toggle back.",
    tampering: forgetful("toggleIgnore"),
  },
  {
    name: "ignores nothing",
    breaks: "`joined` and `left` still arrive. (live)",
    tampering: () => ({
      answer: async (rpc, forward) => (rpc === "toggleIgnore" ? { ignoring: true, skipped: 0 } : forward()),
    }),
  },
  { name: "places a retry twice", breaks: "is placed once. (Broadcast)", tampering: forgetful("broadcast") },
  {
    name: "places a private retry twice",
    breaks: "is placed once. (SendTo)",
    tampering: forgetful("sendTo"),
  },
  {
    name: "leaves a ghost on the name when a login is retried",
    breaks: "answers for the same member, with a fresh token.",
    tampering: forgetful("login"),
  },
  { name: "is silent for ever", breaks: "Sign of life", tampering: without("heartbeat") },
  { name: "is silent about holes", breaks: "a `gap` says so. (another log)", tampering: without("gap") },
  {
    name: "never says that a feed caught up",
    breaks: "each once. (a fresh start)",
    tampering: without("caughtUp"),
  },
  {
    name: "repairs texts",
    breaks: "Text as it was sent.",
    tampering: () => ({
      request: (rpc, request) =>
        rpc === "broadcast" ? { ...request, text: String(request.text).trim().normalize("NFC") } : undefined,
    }),
  },
  {
    name: "answers another place than the feeds tell",
    breaks: "Place of the message in the room's order;",
    tampering: () => ({
      answer: async (rpc, forward) => ({ ...(await forward()), ...(rpc === "broadcast" && { cursor: "x" }) }),
    }),
  },
  {
    name: "lets anyone in",
    breaks: "with the token of a Login. (ListUsers)",
    tampering() {
      let token = "";
      return {
        async answer(rpc, forward) {
          const answer = await forward();
          if (rpc === "login" && "token" in answer) token = `Bearer ${answer.token}`;
          return answer;
        },
        headers: (headers) => ({ ...headers, authorization: token }),
      };
    },
  },
  {
    name: "knows one language only",
    breaks: "its message is in the language of the header",
    tampering: () => ({ headers: ({ authorization }) => (authorization ? { authorization } : {}) }),
  },
  {
    name: "gives no reasons",
    breaks: "NOT_FOUND: nobody online bears the nickname.",
    tampering: () => ({ error: ({ rawMessage, code }) => new ConnectError(rawMessage, code) }),
  },
  {
    name: "gives the wrong codes",
    breaks: "NOT_FOUND: nobody online bears the nickname.",
    tampering: () => ({
      error(error) {
        const wrong = new ConnectError(error.rawMessage, Code.Unknown);
        wrong.details = error.details;
        return wrong;
      },
    }),
  },
];
