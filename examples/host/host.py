"""The same application in Python 3.11 or later, without packages: python3 host.py SECRET_FILE [PORT] [ROOM]"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# As in the room's --access-issuer and --access-audience.
ISSUER = "https://shop.example.org"
AUDIENCE = "chat"
LIFETIME_SECONDS = 15 * 60

# What the application knows of its users: by session. A real one checks a password here.
users = {}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token_for(user, secret):
    """The token that the user's browser or program passes on as `access_token` of Login."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        # The same for this user for ever: ids, private messages and bans go by it.
        "sub": f"user-{user}",
        "nickname": user,
    }
    if user == "boss":
        claims["role"] = "moderator"
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    content = b".".join(encode(json.dumps(part).encode()) for part in parts)
    return content + b"." + encode(hmac.digest(secret, content, hashlib.sha256))


# The page, by path.
PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}


def policy_for(room):
    """The page may load and run what is its own and the room's, and nothing else."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(room))
    return f"default-src 'self'; script-src 'self' {origin}; connect-src 'self' {origin}"


class Host(BaseHTTPRequestHandler):
    secret = b""
    room = ""

    def do_GET(self):
        if self.path == "/user":
            user = users.get(self.session())
            self.reply(200 if user else 401, (user or "").encode(), ("cache-control", "no-store"))
        elif self.path in PAGE:
            name, content_type = PAGE[self.path]
            content = (Path(__file__).parent / "page" / name).read_text("utf-8").replace("%ROOM%", self.room)
            policy = ("content-security-policy", policy_for(self.room))
            self.reply(200, content.encode(), ("content-type", content_type), policy)
        else:
            self.reply(404, b"no such page\n")

    def session(self):
        found = re.search(r"(?:^|; )session=([\w-]+)", self.headers.get("cookie") or "")
        return found[1] if found else None

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        form = parse_qs(self.rfile.read(length).decode())
        if self.path == "/login":
            name = form.get("name", ["guest"])[0]
            session = secrets.token_urlsafe()
            users[session] = name
            cookie = f"session={session}; HttpOnly; SameSite=Strict; Path=/"
            self.reply(200, f"welcome, {name}\n".encode(), ("set-cookie", cookie))
        elif self.path == "/logout":
            users.pop(self.session(), None)
            self.reply(204, b"", ("set-cookie", "session=; Max-Age=0; Path=/"))
        elif self.path == "/token":
            user = users.get(self.session())
            if user is None:
                self.reply(401, b"log in first\n")
            else:
                self.reply(200, token_for(user, self.secret), ("cache-control", "no-store"))
        else:
            self.reply(404, b"no such page\n")

    def reply(self, status, body, *headers):
        self.send_response(status)
        for header in (("content-length", str(len(body))), *headers):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)


def main(secret_file="secret", port="8080", room="http://127.0.0.1:12231"):
    with open(secret_file, "rb") as file:
        Host.secret = file.read().rstrip()
    Host.room = room
    with ThreadingHTTPServer(("127.0.0.1", int(port)), Host) as server:
        print(f"http://127.0.0.1:{port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
