// A page that chats: the nickname first, then text for all, "@NICKNAME TEXT" for one, "/i" to ignore group chat.
// It answers !ping with pong, as the other examples do. Parameters: ?server=URL&protocol=grpcweb

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { ChatService } from "./gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, ErrorReason } from "./gen/parlance/v1/error_pb.js";

const CALL = { timeoutMs: 10_000 };
const WORTH_RETRYING = ["RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL"];

const parameters = new URLSearchParams(location.search);
const baseUrl = parameters.get("server") ?? "http://127.0.0.1:12231";
const [lines, typed] = ["lines", "typed"].map((id) => document.getElementById(id));

let [token, me, silenceMs] = ["", undefined, 0];
const bearing = (next) => (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const makeTransport =
  parameters.get("protocol") === "grpcweb" ? createGrpcWebTransport : createConnectTransport;
const chat = createClient(ChatService, makeTransport({ baseUrl, interceptors: [bearing] }));

function show(line) {
  // As text, never as HTML, and without control characters, whatever the server promises.
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
  const answer = await chat.login({ nickname, requestId: crypto.randomUUID() }, CALL);
  ({ token, user: me } = answer);
  const { seconds, nanos } = answer.limits.heartbeatInterval;
  silenceMs = 2.5 * (Number(seconds) * 1000 + nanos / 1e6);
}

/** Follows the feed, and after a break from the place where it was lost. */
async function listen() {
  let [cursor, tries] = ["", 0];
  for (;;) {
    const lost = new AbortController();
    let silence;
    try {
      for await (const { event } of chat.subscribe({ after: cursor, backlog: 20 }, { signal: lost.signal })) {
        clearTimeout(silence);
        silence = setTimeout(() => lost.abort(), silenceMs);
        tries = 0;
        await hear(event);
        cursor = event.cursor || cursor;
      }
    } catch (error) {
      clearTimeout(silence);
      const detail = detailOf(error);
      if (reasonOf(error) === "NOT_LOGGED_IN") await login(me.nickname);
      else if (detail && !WORTH_RETRYING.includes(reasonOf(error))) throw error;
      else explain(error);
      const askedMs = Number(detail?.retryDelay?.seconds ?? 0) * 1000;
      const pauseMs = Math.min(15_000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, Math.max(askedMs, pauseMs)));
    }
  }
}

async function hear({ cursor, kind: { case: kind, value } }) {
  if (kind === "hello") show(`${value.resumed ? "back" : "online"} as ${me.nickname}`);
  if (kind === "joined") show(`* ${value.user.nickname} joined`);
  if (kind === "left") show(`* ${value.user.nickname} left`);
  if (kind === "message") show(`${value.sender}: ${value.text}`);
  if (kind === "privateMessage") show(`${value.sender} -> ${value.recipient}: ${value.text}`);
  if (kind === "gap") show("* some messages are gone");
  if (value?.text !== "!ping" || value.sender === me.nickname) return;
  // The event's cursor names the answer: an event that is heard again after a break is not answered twice.
  const nickname = value.sender;
  const pong = { text: kind === "message" ? `${nickname}: pong` : "pong", requestId: cursor };
  try {
    await (kind === "message" ? chat.broadcast(pong, CALL) : chat.sendTo({ ...pong, nickname }, CALL));
  } catch (error) {
    if (!detailOf(error)) throw error; // The connection broke: the event is heard again on the next one.
    explain(error);
  }
}

async function send(text) {
  if (!me) {
    await login(text);
    typed.placeholder = "Text, @NICKNAME TEXT, or /i";
    listen().catch(explain);
    return;
  }
  const [, nickname, whispered] = /^@(\S+)\s+(.+)$/su.exec(text) ?? [];
  if (text === "/i") show((await chat.toggleIgnore({}, CALL)).ignoring ? "* ignoring" : "* not ignoring");
  else if (nickname) await chat.sendTo({ nickname, text: whispered, requestId: crypto.randomUUID() }, CALL);
  else await chat.broadcast({ text, requestId: crypto.randomUUID() }, CALL);
}

document.querySelector("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const text = typed.value;
  typed.value = "";
  if (text) send(text).catch(explain);
});

// A closing page may have time for one request that outlives it; if not, the grace ends its stay.
addEventListener("pagehide", () => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const request = { method: "POST", keepalive: true, headers, body: "{}" };
  if (token) fetch(`${baseUrl}/parlance.v1.ChatService/Logout`, request);
});
