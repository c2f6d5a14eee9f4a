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

/** @type {Map<string, string[]>} Notes by User.id: the same nickname with another id is another person. */
const kept = new Map();

function replyTo({ id }, text) {
  const notes = kept.get(id) ?? [];
  const [, note] = /^remember\s+(.+)/s.exec(text) ?? [];
  if (note) {
    kept.set(id, [...notes, note].slice(-20));
    return `kept, ${Math.min(notes.length + 1, 20)} so far`;
  }
  return text.trim() === "recall" ? notes.join("\n") || "nothing yet" : "say: remember TEXT, or: recall";
}

// Reconnects and resumes without loss; ends with session.leave(). The backlog contains the private messages that were
// sent between login and subscription.
for await (const event of session.events({ backlog: 50 })) {
  if (event.kind === "left") kept.delete(event.user.id);
  if (event.kind !== "privateMessage" || event.sender.id === session.self.id) continue;
  // To the person: someone else may have the nickname by now.
  await session.whisper(event.sender, replyTo(event.sender, event.text)).catch((error) => {
    // The sender has left and needs no reply.
    if (refusalOf(error)?.reason !== "USER_NOT_FOUND") throw error;
  });
}
