// A chat page: the nickname first, then text for everyone, "@NICKNAME TEXT" for one, "/i" to ignore group messages.
// It replies pong to !ping, as the other examples do. Parameters: ?server=URL&protocol=grpcweb

import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { ChatService } from "./gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "./gen/parlance/v1/errors_pb.js";

const CALL = { timeoutMs: 10_000 };
const WORTH_RETRYING = ["RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE"];

const parameters = new URLSearchParams(location.search);
const baseUrl = parameters.get("server") ?? "http://127.0.0.1:12231";
const [lines, typed] = ["lines", "typed"].map((id) => document.getElementById(id));

let [token, me, silenceMs] = ["", undefined, 0];
/** User.id by nickname, of the person whom the page showed last under it. */
const people = new Map();
/** Nicknames are compared without regard to case and width. */
const keyOf = (nickname) => nickname.normalize("NFKC").toLowerCase();
const authenticate = (next) => (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const makeTransport =
  parameters.get("protocol") === "grpcweb" ? createGrpcWebTransport : createConnectTransport;
const chat = createClient(ChatService, makeTransport({ baseUrl, interceptors: [authenticate] }));

function show(line) {
  // As text, never as HTML, and without control characters, even though the server refuses them.
  const text = line.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (c) => (c === "\n" ? c : " "));
  lines.append(document.createTextNode(`${text}\n`));
  lines.scrollTop = lines.scrollHeight;
}

const detailOf = (error) => ConnectError.from(error).findDetails(ErrorDetailSchema)[0];

function reasonOf(error) {
  const detail = detailOf(error);
  return detail ? ErrorReason[detail.reason] : Code[ConnectError.from(error).code];
}

const explain = (error) => show(`${reasonOf(error)}: ${ConnectError.from(error).rawMessage}`);

async function login(nickname) {
  token = "";
  const response = await chat.login({ nickname, requestId: crypto.randomUUID() }, CALL);
  ({ token, user: me } = response);
  silenceMs = 2.5 * durationMs(response.limits.heartbeatInterval);
}

/** Reads the feed, resuming it after each disconnection. */
async function readFeed() {
  let [cursor, tries] = ["", 0];
  for (;;) {
    const lost = new AbortController();
    let silence;
    try {
      for await (const { item } of chat.subscribe({ after: cursor, backlog: 20 }, { signal: lost.signal })) {
        clearTimeout(silence);
        silence = setTimeout(() => lost.abort(), silenceMs);
        tries = 0;
        await handle(item);
        // Each item carries the position, except one that this version of the page does not know.
        cursor = item.value?.cursor ?? cursor;
      }
    } catch (error) {
      clearTimeout(silence);
      const detail = detailOf(error);
      if (reasonOf(error) === "NOT_LOGGED_IN") await login(me.nickname);
      else if (detail && !WORTH_RETRYING.includes(reasonOf(error))) throw error;
      else explain(error);
      const retryDelayMs = detail?.retryDelay ? durationMs(detail.retryDelay) : 0;
      const backoffMs = Math.min(15_000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, Math.max(retryDelayMs, backoffMs)));
    }
  }
}

async function handle({ case: name, value }) {
  if (name === "hello") show(`${value.resumed ? "back" : "online"} as ${me.nickname}`);
  if (name === "gap") show("* some messages are no longer available");
  if (name === "event") await handleEvent(value);
}

async function handleEvent({ id, kind: { case: kind, value } }) {
  if (kind === "joined") show(`* ${value.user.nickname} joined`);
  if (kind === "left") show(`* ${value.user.nickname} left`);
  if (kind === "groupMessage") show(`${value.sender}: ${value.text}`);
  if (kind === "privateMessage") show(`${value.sender} -> ${value.recipient}: ${value.text}`);
  if (kind === "undelivered")
    show(`* ${value.recipient} left before receiving ${value.messageIds.length} messages`);
  if (kind === "joined") people.set(keyOf(value.user.nickname), value.user.id);
  if (value?.sender) people.set(keyOf(value.sender), value.senderId);
  if (value?.text !== "!ping" || value.senderId === me.id) return;
  try {
    await reply(kind, value, id);
  } catch (error) {
    if (!detailOf(error)) throw error; // The connection broke: the resumed feed delivers the event again.
    explain(error);
  }
}

/** The event's id is the idempotency key: an event that is delivered again has one reply. */
function reply(kind, { sender, senderId }, requestId) {
  if (kind === "groupMessage") return chat.broadcast({ text: `${sender}: pong`, requestId }, CALL);
  return chat.sendTo({ recipient: sender, recipientId: senderId, text: "pong", requestId }, CALL);
}

async function send(text) {
  if (!me) {
    await login(text);
    typed.placeholder = "Text, @NICKNAME TEXT, or /i";
    readFeed().catch(explain);
    return;
  }
  const requestId = crypto.randomUUID();
  const [, recipient, message] = /^@(\S+)\s+(.+)$/su.exec(text) ?? [];
  if (text === "/i")
    show((await chat.toggleIgnore({ requestId }, CALL)).ignoring ? "* ignoring" : "* not ignoring");
  else if (recipient) {
    // The id pins the person whom the reader saw: the nickname may have another holder by now.
    const recipientId = people.get(keyOf(recipient)) ?? "";
    await chat.sendTo({ recipient, recipientId, text: message, requestId }, CALL);
  } else await chat.broadcast({ text, requestId }, CALL);
}

document.querySelector("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const text = typed.value;
  typed.value = "";
  if (text) send(text).catch(explain);
});

// A closing page may have time for one request that outlives it; if not, its stay ends with the grace period.
addEventListener("pagehide", () => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const request = { method: "POST", keepalive: true, headers, body: "{}" };
  if (token) fetch(`${baseUrl}/parlance.v1.ChatService/Logout`, request);
});
