import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  BroadcastRequestSchema,
  LoginRequestSchema,
  LoginResponseSchema,
  SendToRequestSchema,
  SubscribeRequestSchema,
  ToggleIgnoreRequestSchema,
} from "../../../gen/parlance/v1/chat_service_pb.js";
import type {
  Dialect,
  Feed,
  FollowNeeds,
  Listener,
  ListerNeeds,
  PublisherNeeds,
  ReplayNeeds,
  Subscribe,
} from "../dialect.js";
import { createEnvelopeReader } from "../feed-reader.js";
import { type H2Client, type PreparedRequest, prepare, startH2 } from "../h2.js";
import type { Link } from "../link.js";
import { listAll, listRequest } from "../list-pages.js";
import { markedText, stampId } from "../marker.js";
import { stampedFrames } from "../stamped.js";

/** Compression flag and length before each message (gRPC over HTTP/2, Length-Prefixed-Message). */
const prefixBytes = 5;

function envelope(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function grpc(rpc: string, token: string, message: Uint8Array): PreparedRequest {
  const headers = [
    ["content-type", "application/grpc+proto"],
    ["te", "trailers"],
    ...(token === "" ? [] : [["authorization", `Bearer ${token}`] as const]),
  ] as const;
  return prepare(`/parlance.v1.ChatService/${rpc}`, headers, envelope(message));
}

/** Body of the response. A refused call has none: its status is in the only header block. */
function call(client: H2Client, rpc: string, token: string, message: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body = Buffer.alloc(0);
    client.send(grpc(rpc, token, message), {
      data(bytes) {
        body = Buffer.concat([body, bytes]);
      },
      end(reset) {
        if (!reset && body.length >= prefixBytes) resolve(body.subarray(prefixBytes));
        else reject(new Error(`${rpc} was refused`));
      },
    });
  });
}

async function login(client: H2Client, nickname: string): Promise<string> {
  const request = toBinary(LoginRequestSchema, create(LoginRequestSchema, { nickname }));
  return fromBinary(LoginResponseSchema, await call(client, "Login", "", request)).token;
}

/** Resolves with the first event. */
function openFeed(client: H2Client, link: Link, token: string): Promise<Feed> {
  return new Promise((resolve, reject) => {
    let over = false;
    const feed: Feed = {
      handOver: client.handOver,
      get ended() {
        return over || link.ended;
      },
    };
    const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema));
    client.send(grpc("Subscribe", token, request), {
      data: () => resolve(feed),
      end() {
        over = true;
        reject(new Error("Subscribe was refused"));
      },
    });
  });
}

async function enter(link: Link, { nickname, ignoring, stalling, announced }: Listener): Promise<Subscribe> {
  let broken = (_: string) => {};
  const failure = new Promise<never>((_, reject) => {
    broken = (why) => reject(new Error(why));
  });
  // Between login and Subscribe, nothing may await it.
  failure.catch(() => {});
  link.onEnd(() => broken("the server ended the connection"));
  const client = startH2(link, !stalling, (why) => broken(why));
  const token = await Promise.race([login(client, nickname), failure]);
  if (announced) {
    const body = toBinary(BroadcastRequestSchema, create(BroadcastRequestSchema, { text: "here" }));
    await Promise.race([call(client, "Broadcast", token, body), failure]);
  }
  if (ignoring) {
    const request = create(ToggleIgnoreRequestSchema, { ignoring: true });
    const body = toBinary(ToggleIgnoreRequestSchema, request);
    await Promise.race([call(client, "ToggleIgnore", token, body), failure]);
  }
  return () => Promise.race([openFeed(client, link, token), failure]);
}

async function replay(link: Link, { nickname, after, reader, failed }: ReplayNeeds) {
  link.onEnd(() => failed("the server ended the reader"));
  const client = startH2(link, true, failed);
  const token = await login(client, nickname);
  const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { after }));
  return () =>
    client.send(grpc("Subscribe", token, request), {
      data: (body) => reader(body, body.length),
      end: () => failed("Subscribe was refused"),
    });
}

async function follow(link: Link, { nickname, token, after, received, failed }: FollowNeeds) {
  link.onEnd(() => failed("the server ended a feed"));
  const client = startH2(link, true, failed);
  const known = token ?? (await login(client, nickname));
  const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { after }));
  const read = createEnvelopeReader(received);
  client.send(grpc("Subscribe", known, request), {
    data: (body) => read(body, body.length),
    end: () => failed("Subscribe was refused, or the server ended a feed"),
  });
  return known;
}

async function lister({ nickname, open, failed }: ListerNeeds) {
  const link = await open();
  const client = startH2(link, true, failed);
  const token = await login(client, nickname);
  return () => listAll((pageToken) => call(client, "ListUsers", token, listRequest(pageToken)));
}

async function publisher(needs: PublisherNeeds) {
  const link = await needs.open();
  link.onEnd(() => needs.failed("the server ended a publisher's connection"));
  const client = startH2(link, true, needs.failed);
  const token = await login(client, needs.nickname);
  const request = (text: string) =>
    toBinary(BroadcastRequestSchema, create(BroadcastRequestSchema, { text }));
  const { head, body } = grpc("Broadcast", token, request(markedText(0, needs.textBytes)));
  const { at } = stampedFrames(needs.textBytes, () => body);

  function privateRequest(id: number, recipient: string): PreparedRequest {
    const message = create(SendToRequestSchema, { recipient, text: markedText(id, needs.textBytes) });
    return grpc("SendTo", token, toBinary(SendToRequestSchema, message));
  }

  return {
    slots: needs.slots,
    publish(slot: number, id: number, recipient?: string) {
      stampId(body, at, id);
      let confirmed = false;
      client.send(recipient === undefined ? { head, body } : privateRequest(id, recipient), {
        data() {
          confirmed = true;
        },
        end(reset) {
          if (confirmed && !reset) needs.confirmed(slot);
          else needs.failed("a message was refused");
        },
      });
    },
  };
}

/** gRPC over HTTP/2 without TLS, one connection per subscriber. */
export const grpcH2: Dialect = { enter, publisher, replay, follow, lister };
