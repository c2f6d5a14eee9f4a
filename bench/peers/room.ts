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
import { EventSchema } from "../../gen/parlance/v1/event_pb.js";

/** The minimum for Login, Subscribe and Broadcast, without joins, history, limits or ignoring. */
export interface Room {
  login(nickname: string): LoginResponse;
  /** Nickname of the member with this `authorization` header; undefined if there is none. */
  whois(authorization: string | null): string | undefined;
  /** Calls `send` with hello now and with each later message, until the returned function is called. */
  subscribe(send: (response: SubscribeResponse) => void): () => void;
  broadcast(sender: string, text: string): BroadcastResponse;
}

/** An empty room. */
export function createRoom(): Room {
  const names = new Map<string, string>();
  const idOf = (nickname: string) => `member-${nickname}`;
  const subscribers = new Set<(response: SubscribeResponse) => void>();
  const epoch = randomBytes(6).toString("base64url");
  let seq = 0;

  const cursor = () => `${epoch}.${seq}`;

  return {
    login(nickname) {
      const token = randomBytes(24).toString("base64url");
      names.set(token, nickname);
      return create(LoginResponseSchema, { token, user: { nickname, id: idOf(nickname) } });
    },
    whois: (authorization) => names.get((authorization ?? "").replace("Bearer ", "")),
    subscribe(send) {
      const hello = { cursor: cursor(), time: timestampNow() };
      send(create(SubscribeResponseSchema, { item: { case: "hello", value: hello } }));
      subscribers.add(send);
      return () => subscribers.delete(send);
    },
    broadcast(sender, text) {
      seq += 1;
      const place = { id: `${epoch}${seq}`, cursor: cursor(), time: timestampNow() };
      const value = { sender, senderId: idOf(sender), text };
      const event = create(EventSchema, { ...place, kind: { case: "groupMessage", value } });
      const message = create(SubscribeResponseSchema, { item: { case: "event", value: event } });
      for (const send of subscribers) send(message);
      return create(BroadcastResponseSchema, place);
    },
  };
}
