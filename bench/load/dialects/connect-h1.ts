import { create, toBinary } from "@bufbuild/protobuf";
import { SubscribeRequestSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import type {
  Dialect,
  Feed,
  FollowNeeds,
  Listener,
  ListerNeeds,
  PublisherNeeds,
  ReplayNeeds,
} from "../dialect.js";
import { createBodyReader, createEnvelopeReader } from "../feed-reader.js";
import type { Link } from "../link.js";
import { listAll, listRequest } from "../list-pages.js";
import { markedText } from "../marker.js";
import { stampedFrames } from "../stamped.js";

const service = "/parlance.v1.ChatService";

function post(rpc: string, type: string, token: string, body: Buffer): Buffer {
  const head =
    `POST ${service}/${rpc} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\n` +
    `connect-protocol-version: 1\r\n${token === "" ? "" : `authorization: Bearer ${token}\r\n`}` +
    `content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function jsonCall(rpc: string, token: string, message: object): Buffer {
  return post(rpc, "application/json", token, Buffer.from(JSON.stringify(message)));
}

/** The whole response once it is complete. No response of the server contains the bytes that end a chunked body. */
function wholeResponse(seen: string): string | undefined {
  const headEnd = seen.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(seen.slice(0, headEnd))?.[1];
  const whole =
    length === undefined ? seen.endsWith("\r\n0\r\n\r\n") : seen.length >= headEnd + 4 + Number(length);
  return whole ? seen : undefined;
}

function refusal(response: string): string | undefined {
  return response.startsWith("HTTP/1.1 200 ") ? undefined : response.slice(0, 400);
}

/** The body of a whole response, with or without chunks. */
function bodyOf(response: Buffer): Buffer {
  const headEnd = response.indexOf("\r\n\r\n") + 4;
  if (/\r\ncontent-length:/i.test(response.toString("latin1", 0, headEnd))) return response.subarray(headEnd);
  const parts: Buffer[] = [];
  const read = createBodyReader(
    (bytes, length) => parts.push(Buffer.from(bytes.subarray(0, length))),
    () => {},
  );
  read(response, response.length);
  return Buffer.concat(parts);
}

/** One call in JSON; resolves with the whole response, rejects when it is refused. */
export async function call(link: Link, rpc: string, token: string, message: object): Promise<string> {
  link.write(jsonCall(rpc, token, message));
  const response = await link.until((seen) => wholeResponse(seen.toString("latin1")));
  const refused = refusal(response);
  if (refused !== undefined) throw new Error(`${rpc}: ${refused}`);
  return response;
}

/** Logs in and returns the token. */
export async function login(link: Link, nickname: string): Promise<string> {
  const token = /"token":"([^"]+)"/.exec(await call(link, "Login", "", { nickname }))?.[1];
  if (token === undefined) throw new Error("the Login response has no token");
  return token;
}

/** First byte of the stream's first envelope: 0 is a message, 2 the end (Connect protocol, streaming RPCs). */
function firstFlag(seen: Buffer): number | undefined {
  const headEnd = seen.indexOf("\r\n\r\n");
  const chunk = headEnd < 0 ? -1 : seen.indexOf("\r\n", headEnd + 4);
  return chunk < 0 ? undefined : seen[chunk + 2];
}

/** The request message in its envelope: a byte of flags, four of length. */
function subscription(token: string, after: string): Buffer {
  const message = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { after }));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return post("Subscribe", "application/connect+proto", token, Buffer.concat([prefix, message]));
}

async function replay(link: Link, { nickname, after, reader, failed }: ReplayNeeds) {
  const token = await login(link, nickname);
  link.onEnd(() => failed("the server ended the reader"));
  return () => {
    link.read(reader);
    link.write(subscription(token, after));
  };
}

async function follow(link: Link, { nickname, token, after, received, failed }: FollowNeeds) {
  const known = token ?? (await login(link, nickname));
  link.onEnd(() => failed("the server ended a feed"));
  link.read(createBodyReader(createEnvelopeReader(received), failed));
  link.write(subscription(known, after));
  return known;
}

/** In binary, as programs list. */
async function lister({ nickname, open }: ListerNeeds) {
  const link = await open();
  const token = await login(link, nickname);
  return () =>
    listAll(async (pageToken) => {
      link.write(post("ListUsers", "application/proto", token, listRequest(pageToken)));
      const response = await link.until((seen) =>
        wholeResponse(seen.toString("latin1")) === undefined ? undefined : Buffer.from(seen),
      );
      const refused = refusal(response.toString("latin1"));
      if (refused !== undefined) throw new Error(`ListUsers: ${refused}`);
      return bodyOf(response);
    });
}

async function enter(link: Link, { nickname, ignoring, announced }: Listener) {
  const token = await login(link, nickname);
  if (announced) await call(link, "Broadcast", token, { text: "here" });
  if (ignoring) await call(link, "ToggleIgnore", token, { ignoring: true });
  return () => subscribe(link, token);
}

async function subscribe(link: Link, token: string): Promise<Feed> {
  link.write(subscription(token, ""));
  const start = await link.until((seen) => (firstFlag(seen) === undefined ? undefined : Buffer.from(seen)));
  if (firstFlag(start) !== 0) throw new Error(`Subscribe: ${start.toString("latin1").slice(0, 400)}`);
  let lastChunk = false;
  link.read((bytes, length) => {
    lastChunk = bytes.toString("latin1", Math.max(0, length - 7), length) === "\r\n0\r\n\r\n";
  });
  return {
    get ended() {
      return lastChunk || link.ended;
    },
  };
}

/** One keep-alive connection, one request at a time. */
function slotOn(link: Link, slot: number, needs: PublisherNeeds): void {
  let seen = "";
  link.onEnd(() => needs.failed("the server ended a publisher's connection"));
  link.read((bytes, length) => {
    seen += bytes.toString("latin1", 0, length);
    const response = wholeResponse(seen);
    if (response === undefined) return;
    seen = "";
    const refused = refusal(response);
    if (refused === undefined) needs.confirmed(slot);
    else needs.failed(refused);
  });
}

/** Connect over HTTP/1.1: calls in JSON, the feed in binary; login and feed on one connection. */
export const connectH1: Dialect = {
  enter,
  replay,
  follow,
  lister,
  async publisher(needs) {
    const links = await Promise.all(Array.from({ length: needs.slots }, () => needs.open()));
    const token = await login(links[0]!, needs.nickname);
    for (const [slot, link] of links.entries()) slotOn(link, slot, needs);
    const frames = stampedFrames(needs.textBytes, (text) => jsonCall("Broadcast", token, { text }));
    return {
      slots: links.length,
      publish(slot, id, recipient) {
        const request =
          recipient === undefined
            ? frames.make(id)
            : jsonCall("SendTo", token, { recipient, text: markedText(id, needs.textBytes) });
        links[slot]!.write(request);
      },
    };
  },
};
