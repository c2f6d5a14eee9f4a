// An application with its own accounts, whose users talk in a Parlance room as who they are there. It signs a token for
// each of them (JWT, HS256) with a secret that the room knows too, and its page contains the room as an element. Node 20 or
// later, no packages.
//
//     node host.mjs SECRET_FILE [PORT] [ROOM]
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [secretFile = "secret", port = "8080", room = "http://127.0.0.1:12231"] = process.argv.slice(2);
const secret = readFileSync(secretFile, "utf8").trimEnd();
/** As in the room's --access-issuer and --access-audience. */
const issuer = "https://shop.example.org";
const audience = "chat";
/** Shorter than this the room would ask for a new one too often; longer, and a blocked user stays too long. */
const lifetimeSeconds = 15 * 60;

/** What the application knows of its users: by session. A real one checks a password here. */
const users = new Map();

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The token that the user's browser or program passes on as `access_token` of Login. */
function tokenFor({ id, name, isStaff }) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    aud: audience,
    iat: now,
    exp: now + lifetimeSeconds,
    // The same for this user for ever: ids, private messages and bans go by it.
    sub: id,
    nickname: name,
    ...(isStaff && { role: "moderator" }),
  };
  const content = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

/** The page, by path. It may load and run what is its own and the room's, and nothing else. */
const page = new Map(
  [
    ["/", "index.html", "text/html; charset=utf-8"],
    ["/page.js", "page.js", "text/javascript; charset=utf-8"],
    ["/page.css", "page.css", "text/css; charset=utf-8"],
  ].map(([path, file, type]) => {
    const content = readFileSync(new URL(`page/${file}`, import.meta.url), "utf8").replaceAll("%ROOM%", room);
    return [path, { type, content }];
  }),
);
const { origin } = new URL(room);
const policy = `default-src 'self'; script-src 'self' ${origin}; connect-src 'self' ${origin}`;

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

const idOf = ({ headers: { cookie = "" } }) => /(?:^|; )session=([\w-]+)/.exec(cookie)?.[1];

createServer(async (request, response) => {
  const route = `${request.method} ${request.url}`;
  if (route === "POST /login") {
    const name = (await read(request)).get("name") || "guest";
    const session = randomUUID();
    users.set(session, { id: `user-${name}`, name, isStaff: name === "boss" });
    response.setHeader("set-cookie", `session=${session}; HttpOnly; SameSite=Strict; Path=/`);
    response.end(`welcome, ${name}\n`);
  } else if (route === "POST /logout") {
    users.delete(idOf(request));
    response.writeHead(204, { "set-cookie": "session=; Max-Age=0; Path=/" }).end();
  } else if (route === "GET /user") {
    const user = users.get(idOf(request));
    response.writeHead(user ? 200 : 401, {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
    });
    response.end(user?.name);
  } else if (route === "POST /token") {
    const user = users.get(idOf(request));
    response.writeHead(user ? 200 : 401, { "content-type": "text/plain", "cache-control": "no-store" });
    response.end(user ? tokenFor(user) : "log in first\n");
  } else {
    const { type, content } = (request.method === "GET" && page.get(request.url)) || {};
    if (content === undefined) response.writeHead(404).end("no such page\n");
    else response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(content);
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${port}`));
