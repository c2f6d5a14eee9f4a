/**
 * Serves the page itself while the server is away, so that an installed room opens and states it. It keeps the files of one
 * build: a page that is open keeps those that it came with until it is closed, as the next worker waits for that.
 */

interface Waits extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetches extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** By the build: a name for it, and the files of the page. */
declare const BUILD: string;
declare const FILES: readonly string[];

const name = `parlance-${BUILD}`;
/** The server has a text for clients that do not ask for HTML. */
const page = new Request("./", { headers: { accept: "text/html" } });

addEventListener("install", (event) => {
  (event as Waits).waitUntil(caches.open(name).then((cache) => cache.addAll([page, ...FILES])));
});

addEventListener("activate", (event) => {
  const forget = (all: string[]) =>
    Promise.all(
      all.filter((one) => one.startsWith("parlance-") && one !== name).map((one) => caches.delete(one)),
    );
  (event as Waits).waitUntil(caches.keys().then(forget));
});

addEventListener("fetch", (event) => {
  const { request } = event as Fetches;
  const isPage = request.mode === "navigate";
  if (!isPage && !request.url.includes("/assets/")) return;
  const kept = () => caches.match(isPage ? page : request, { cacheName: name, ignoreVary: true });
  (event as Fetches).respondWith(
    isPage ? fetchedOr(request, kept) : kept().then((found) => found ?? fetch(request)),
  );
});

/** Also in place of what a proxy sends while the server is away. */
async function fetchedOr(request: Request, kept: () => Promise<Response | undefined>): Promise<Response> {
  const fetched = await fetch(request).catch(() => Response.error());
  return fetched.type === "error" || fetched.status >= 500 ? ((await kept()) ?? fetched) : fetched;
}
