import { randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import {
  type BroadcastResponse,
  BroadcastResponseSchema,
  type LoginResponse,
  LoginResponseSchema,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { type Event, EventSchema, GroupMessageSchema, HelloSchema } from "../../gen/parlance/v1/event_pb.js";

/** The least that Login, Subscribe and Broadcast need, without joins, history, limits or ignoring. */
export interface Room {
  login(nickname: string): LoginResponse;
  /** Nickname of who bears the `authorization` header; undefined for nobody. */
  whois(authorization: string | null): string | undefined;
  /** Calls `hear` with hello now and with each message later, until the returned function is called. */
  subscribe(hear: (response: SubscribeResponse) => void): () => void;
  broadcast(sender: string, text: string): BroadcastResponse;
}

/** An empty room. */
export function createRoom(): Room {
  const names = new Map<string, string>();
  const hearers = new Set<(response: SubscribeResponse) => void>();
  const epoch = randomBytes(6).toString("base64url");
  let place = 0;

  function response(kind: Event["kind"]): SubscribeResponse {
    const event = create(EventSchema, { cursor: `${epoch}.${place}`, time: timestampNow(), kind });
    return create(SubscribeResponseSchema, { event });
  }

  return {
    login(nickname) {
      const token = randomBytes(24).toString("base64url");
      names.set(token, nickname);
      return create(LoginResponseSchema, { token, user: { nickname } });
    },
    whois: (authorization) => names.get((authorization ?? "").replace("Bearer ", "")),
    subscribe(hear) {
      hear(response({ case: "hello", value: create(HelloSchema, { online: hearers.size + 1 }) }));
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    broadcast(sender, text) {
      place += 1;
      const message = response({ case: "message", value: create(GroupMessageSchema, { sender, text }) });
      for (const hear of hearers) hear(message);
      return create(BroadcastResponseSchema, { cursor: message.event!.cursor, time: message.event!.time! });
    },
  };
}
