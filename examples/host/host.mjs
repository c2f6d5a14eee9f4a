// An application with its own accounts, whose users talk in a Parlance room as who they are there. It signs a token for
// each of them (JWT, HS256) with a secret that the room knows too. Node 20 or later, no packages.
//
//     node host.mjs SECRET_FILE [PORT]
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [secretFile = "secret", port = "8080"] = process.argv.slice(2);
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

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

const sessionOf = ({ headers: { cookie = "" } }) => users.get(/(?:^|; )session=([\w-]+)/.exec(cookie)?.[1]);

createServer(async (request, response) => {
  const route = `${request.method} ${request.url}`;
  if (route === "POST /login") {
    const name = (await read(request)).get("name") || "guest";
    const session = randomUUID();
    users.set(session, { id: `user-${name}`, name, isStaff: name === "boss" });
    response.setHeader("set-cookie", `session=${session}; HttpOnly; SameSite=Strict; Path=/`);
    response.end(`welcome, ${name}\n`);
  } else if (route === "POST /token") {
    const user = sessionOf(request);
    response.writeHead(user ? 200 : 401, { "content-type": "text/plain", "cache-control": "no-store" });
    response.end(user ? tokenFor(user) : "log in first\n");
  } else {
    response.writeHead(404).end("POST /login, then POST /token\n");
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${port}`));
