// Keeps notes for people: "@minute-taker remember TEXT" stores a text, "@minute-taker recall" returns all of them.
import { connect, refusalOf } from "parlance-chat/client";

const leave = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => leave.abort());

const session = await connect({
  server: process.env.PARLANCE_SERVER ?? "http://127.0.0.1:12231",
  nickname: process.env.PARLANCE_NICK ?? "minute-taker",
});
leave.signal.addEventListener("abort", () => session.leave());
const { nickname } = session.self;
console.log(`online as ${nickname}; in the chat, type: @${nickname} remember TEXT, or: @${nickname} recall`);

/** @type {Map<string, string[]>} Notes by nickname. */
const kept = new Map();

/** The reply. */
function answer(sender, text) {
  const notes = kept.get(sender) ?? [];
  const [, note] = /^remember\s+(.+)/s.exec(text) ?? [];
  if (note) {
    kept.set(sender, [...notes, note].slice(-20));
    return `kept, ${Math.min(notes.length + 1, 20)} so far`;
  }
  return text.trim() === "recall" ? notes.join("\n") || "nothing yet" : "say: remember TEXT, or: recall";
}

// Reconnects and resumes without loss; ends with session.leave(). The backlog contains the private messages that were
// sent between login and subscription.
for await (const { kind } of session.events({ backlog: 50 })) {
  if (kind.case !== "privateMessage" || kind.value.sender === session.self.nickname) continue;
  const { sender, text } = kind.value;
  await session.whisper(sender, answer(sender, text)).catch((error) => {
    // The sender has left and needs no reply.
    if (refusalOf(error)?.reason !== "USER_NOT_FOUND") throw error;
  });
}
