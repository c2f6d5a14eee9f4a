/** A page of another origin that contains the room, under a strict policy. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { buildFolder } from "../support/build.js";

export interface HostPageOptions {
  readonly port: number;
  /** Base URL of the room. */
  readonly room: string;
  readonly body: string;
  /** Token that a POST to /token/NAME responds with. */
  readonly token: (name: string) => Promise<string>;
  readonly lang?: string;
  /** The page's own script. */
  readonly script?: string;
  /**
   * Where the page loads the element's script from (the default: the room). Only if it is the room does the page's policy
   * permit scripts of its origin.
   */
  readonly elementFrom?: "room" | "host" | "script";
  /** Further directives of the page's policy. */
  readonly policy?: string;
}

export interface HostPage {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startHostPage(options: HostPageOptions): Promise<HostPage> {
  const { port, token, script = "" } = options;
  const server = createServer(async ({ method, url = "/" }, response) => {
    const name = /^\/token\/(\w+)$/.exec(url)?.[1];
    if (method === "POST" && name !== undefined) response.end(await token(name));
    else if (url === "/") sendPage(response, options);
    else if (url === "/host.js") send(response, "text/javascript", script);
    else sendAsset(response, url);
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function sendPage(response: ServerResponse, options: HostPageOptions): void {
  const { room, body, lang = "en", elementFrom = "room", policy = "" } = options;
  const scripts = elementFrom === "room" ? `script-src 'self' ${room}; ` : "";
  response.setHeader(
    "content-security-policy",
    `default-src 'self'; ${scripts}connect-src 'self' ${room}; ${policy}`,
  );
  const from = { room: `${room}/parlance-room.js`, host: "/parlance-room.js", script: undefined }[
    elementFrom
  ];
  const element = from ? `<script type="module" src="${from}"></script>` : "";
  send(
    response,
    "text/html",
    `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Shop</title>
    <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
    <script type="module" src="/host.js"></script>${element}</head><body>${body}</body></html>`,
  );
}

/** What the build made of the element, copied as docs/embedding.md describes. */
function sendAsset(response: ServerResponse, url: string): void {
  const file = join(buildFolder()!, "dist", "web", url);
  if (/^\/(parlance-room|assets\/[\w-]+)\.js$/.test(url) && existsSync(file))
    send(response, "text/javascript", readFileSync(file, "utf8"));
  else response.writeHead(404).end();
}

function send(response: ServerResponse, type: string, text: string): void {
  response.setHeader("content-type", `${type}; charset=utf-8`);
  response.end(text);
}
