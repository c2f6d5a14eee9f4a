// Remembers for people: "@minute-taker remember TEXT" keeps a text, "@minute-taker recall" answers all of them.
import { connect, refusalOf } from "parlance-chat/client";

const leave = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => leave.abort());

const session = await connect({
  server: process.env.PARLANCE_SERVER ?? "http://127.0.0.1:12231",
  nickname: process.env.PARLANCE_NICK ?? "minute-taker",
});
leave.signal.addEventListener("abort", () => session.leave());
console.log(`here as ${session.self.nickname}`);

/** @type {Map<string, string[]>} What each person asked to keep. */
const kept = new Map();

/** What to answer. */
function answer(sender, text) {
  const notes = kept.get(sender) ?? [];
  const [, note] = /^remember\s+(.+)/s.exec(text) ?? [];
  if (note) {
    kept.set(sender, [...notes, note].slice(-20));
    return `kept, ${Math.min(notes.length + 1, 20)} so far`;
  }
  return text.trim() === "recall" ? notes.join("\n") || "nothing yet" : "say: remember TEXT, or: recall";
}

// Ends with session.leave(); reconnects by itself, and misses nothing meanwhile. The backlog holds what was whispered
// after we came in and before we listened; nobody hears what was whispered to another member.
for await (const { kind } of session.events({ backlog: 50 })) {
  if (kind.case !== "privateMessage" || kind.value.sender === session.self.nickname) continue;
  const { sender, text } = kind.value;
  await session.whisper(sender, answer(sender, text)).catch((error) => {
    // Who left meanwhile needs no answer.
    if (refusalOf(error)?.reason !== "USER_NOT_FOUND") throw error;
  });
}
