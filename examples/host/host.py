"""The same application in Python 3.11 or later, without packages: python3 host.py SECRET_FILE [PORT]"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

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


class Host(BaseHTTPRequestHandler):
    secret = b""

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        form = parse_qs(self.rfile.read(length).decode())
        if self.path == "/login":
            name = form.get("name", ["guest"])[0]
            session = secrets.token_urlsafe()
            users[session] = name
            cookie = f"session={session}; HttpOnly; SameSite=Strict; Path=/"
            self.reply(200, f"welcome, {name}\n".encode(), ("set-cookie", cookie))
        elif self.path == "/token":
            found = re.search(r"(?:^|; )session=([\w-]+)", self.headers.get("cookie") or "")
            user = users.get(found[1]) if found else None
            if user is None:
                self.reply(401, b"log in first\n")
            else:
                self.reply(200, token_for(user, self.secret), ("cache-control", "no-store"))
        else:
            self.reply(404, b"POST /login, then POST /token\n")

    def reply(self, status, body, *headers):
        self.send_response(status)
        for header in (("content-length", str(len(body))), *headers):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)


def main(secret_file="secret", port="8080"):
    with open(secret_file, "rb") as file:
        Host.secret = file.read().rstrip()
    with ThreadingHTTPServer(("127.0.0.1", int(port)), Host) as server:
        print(f"http://127.0.0.1:{port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
