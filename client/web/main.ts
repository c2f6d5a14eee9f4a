/**
 * The page: a room for people without a terminal. Its model, grammar and words are those of the terminal client; here they
 * become a document. `hub.ts` holds the session, in a SharedWorker; `room-view.ts` shows what the hub sends; this file is
 * what concerns the document and the browser's window.
 */
import type { Line } from "../chat/line.js";
import { hubPorts } from "./hub-client.js";
import { liveMessages, RoomView } from "./room-view.js";
import { PageStorage } from "./stored.js";
import { pageLanguage, wordsOf } from "./words.js";

/** Under a proxy's path prefix the room is where the page is. */
const server = new URL(".", location.href).href.replace(/\/$/, "");
const storage = new PageStorage(`parlance/${server}`);
/** "": the room has none, and is called what it is. */
let title = "";
let ofPage = "";
/** Messages that arrived while the page was out of sight. */
let unread = 0;

const { port, instead } = await hubPorts();
const view = new RoomView({
  root: document,
  ground: globalThis.window,
  server,
  port,
  words: await wordsOf(pageLanguage(storage.kept.language, navigator.languages)),
  storage,
  takesFocus: true,
  isVouched: false,
  onWords({ web, locale }) {
    document.documentElement.lang = locale;
    ofPage = web.room;
    showTitle();
  },
  onTitle(ofRoom) {
    title = ofRoom;
    showTitle();
  },
  onStatus(status) {
    const waits = status.phase === "in" && status.pending.length > 0;
    if (waits) addEventListener("beforeunload", onLeaving);
    else removeEventListener("beforeunload", onLeaving);
  },
  onLines: countUnread,
});

function countUnread(lines: readonly Line[]): void {
  if (!document.hidden) return;
  unread += liveMessages(lines).length;
  showTitle();
}

function showTitle(): void {
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${title || ofPage}`;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  showTitle();
  view.wake();
});
addEventListener("online", () => view.wake());
/** Inputs that wait would go with the page. Listened to only then: it keeps a page out of the browser's cache for going back. */
function onLeaving(event: Event): void {
  event.preventDefault();
}
addEventListener("pagehide", () => view.close());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) view.open();
});

view.open();
void instead.then((other) => view.moveTo(other));
