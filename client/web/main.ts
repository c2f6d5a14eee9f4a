/**
 * The page: a room for people without a terminal. Its model, grammar and words are those of the terminal client; here they
 * become a document. `hub.ts` holds the session, in a SharedWorker; `room-view.ts` shows what the hub sends; this file is
 * what concerns the document and the browser's window.
 */
import { whenIdle } from "./dom.js";
import { hubPorts, localHub, registerServiceWorker } from "./hub-client.js";
import { RoomView } from "./room-view.js";
import { PageStorage } from "./stored.js";
import { Attention } from "./window/attention.js";
import { pageLanguage, wordsOf } from "./words.js";

/** Under a proxy's path prefix the room is where the page is. */
const server = new URL(".", location.href).href.replace(/\/$/, "");
const storage = new PageStorage(`parlance/${server}`);
/** "": the room has none, and is called what it is. */
let title = "";
let ofPage = "";
const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]")!;
const attention = new Attention({ storage, icon });

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
  onLines: (lines) => attention.onLines(lines, view.nickname),
  attention,
});

function showTitle(): void {
  attention.title = title || ofPage;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  view.wake();
  void look();
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

/** How often the page looks whether its hub is there, ms. */
const LOOK_MS = 15_000;
let lost = 0;

/** Browsers end workers that take too much memory, without a word. */
async function look(): Promise<void> {
  if (document.hidden || (await view.hasHub())) return;
  lost++;
  // The next one of all tabs; then one of this tab.
  view.moveTo(lost > 1 ? (await localHub()).port : (await hubPorts()).port);
}
setInterval(() => void look(), LOOK_MS);

view.open();
void instead.then((other) => view.moveTo(other));
whenIdle(() => void registerServiceWorker());
