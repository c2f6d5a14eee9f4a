import { Code, ConnectError } from "@connectrpc/connect";
import { Presence } from "../../../gen/parlance/v1/chat_service_pb.js";
import { ErrorReason } from "../../../gen/parlance/v1/errors_pb.js";
import type { Tampering } from "./proxy.js";
import {
  accepting,
  announcingLogins,
  changed,
  everySecondFeed,
  leaking,
  queued,
  reordered,
  repeatFirst,
  reportingToAll,
  responding,
  without,
  withoutRequestId,
} from "./tamperings.js";

/** A server that violates one requirement, and the case that must detect it. */
export interface Fault {
  readonly name: string;
  /** Title of the case that must fail. */
  readonly detectedBy: string;
  /** Called once for each server, because some faults have state. */
  readonly tampering: () => Tampering;
  /** Whether what a proxy buffers would fail the case without a fault, too. */
  readonly proxyBuffers?: boolean;
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
    detectedBy: "only sender and recipient receive a private message, with both names and ids",
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
    detectedBy: "a heartbeat follows an interval without items",
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
    tampering: responding("broadcast", { cursor: "x" }),
  },
  {
    name: "returns another id than the feeds",
    detectedBy: "the returned id is that of the event on every feed",
    tampering: responding("sendTo", { id: "x" }),
  },
  {
    name: "uses an id again",
    detectedBy: "every event has an id of its own, the same on every feed and page",
    tampering: changed((item) => {
      if (item.case === "event") item.value.id = "x";
    }),
  },
  {
    name: "omits the id of a sender",
    detectedBy: "only sender and recipient receive a private message, with both names and ids",
    tampering: changed((item) => {
      if (item.case === "event" && item.value.kind.case === "privateMessage")
        item.value.kind.value.senderId = "";
    }),
  },
  {
    name: "sends a goodbye without a cursor",
    detectedBy: "the cursor of goodbye is the position to resume from",
    tampering: changed((item) => {
      if (item.case === "goodbye") item.value.cursor = "";
    }),
  },
  {
    name: "asks a replaced feed to reconnect",
    detectedBy: "one feed too many ends the oldest with goodbye, then RESOURCE_EXHAUSTED",
    tampering: changed((item) => {
      if (item.case === "goodbye") item.value.reconnect = true;
    }),
  },
  {
    name: "ends a feed without a goodbye",
    detectedBy: "shutdown ends a feed with goodbye, then UNAVAILABLE",
    tampering: without("goodbye"),
  },
  {
    name: "queues without limit for a slow reader",
    detectedBy: "a reader that stops reading is ended with goodbye TOO_SLOW, and resumes without loss",
    tampering: () => ({ feed: queued }),
    proxyBuffers: true,
  },
  {
    name: "announces at Login",
    detectedBy: "a login that only lists leaves no event",
    tampering: announcingLogins,
  },
  {
    name: "counts no members",
    detectedBy: "caught_up counts the members, and joined and left change the count by one",
    tampering: changed((item) => {
      if (item.case === "caughtUp") item.value.online = 0;
    }),
  },
  {
    name: "says hello without limits",
    detectedBy: "hello carries the limits that Login returned",
    tampering: changed((item) => {
      if (item.case === "hello") delete item.value.limits;
    }),
  },
  {
    name: "does not report undelivered messages",
    detectedBy: "a private message to a member who leaves without a feed is reported to its sender",
    tampering: without("undelivered"),
  },
  {
    name: "reports undelivered messages to all",
    detectedBy: "no one but the sender receives undelivered",
    tampering: reportingToAll,
  },
  {
    name: "ignores recipient_id",
    detectedBy: "a message to the id of a former holder of the nickname is refused",
    tampering: () => ({
      request: (rpc, request) => (rpc === "sendTo" ? { ...request, recipientId: "" } : undefined),
    }),
  },
  {
    name: "does not know whether a recipient reads",
    detectedBy: "SendTo returns whether the recipient has a feed open",
    tampering: responding("sendTo", { recipientPresence: Presence.ONLINE }),
  },
  {
    name: "takes another text under the same request_id for a retry",
    detectedBy: "a request_id is refused with another text, recipient or RPC",
    tampering: accepting(ErrorReason.REQUEST_INVALID, { duplicate: true }),
  },
  {
    name: "refuses a page_size above the maximum",
    detectedBy: "ListUsers with a page_size above the maximum is not refused",
    tampering: () => ({
      request(_, { pageSize }) {
        if (Number(pageSize) > 500) throw new ConnectError("page_size is too large", Code.InvalidArgument);
        return undefined;
      },
    }),
  },
  {
    name: "accepts a registration that it has no space for",
    detectedBy: "a room without space for another registration refuses it, and keeps those it has",
    tampering: accepting(ErrorReason.ROOM_FULL, { secret: "x" }),
  },
  {
    name: "acknowledges what its store did not append",
    detectedBy: "what has to be appended is refused while the store is unavailable",
    tampering: accepting(ErrorReason.STORE_UNAVAILABLE, { id: "x", cursor: "x" }),
  },
  {
    name: "resumes silently on an older copy of its store",
    detectedBy: "a cursor ahead of a restored log gives a gap, then every event since the two diverged",
    tampering: without("gap"),
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
