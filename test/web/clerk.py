"""A member of the room with what Python has: replies to "ping" to everyone, or in private to who sent it in private.

python3 clerk.py URL NICKNAME
"""

import json
import secrets
import struct
import sys
import urllib.request

server, nickname = sys.argv[1:]
token = ""


def post(rpc, body, content_type):
    """Opens a call of Connect (https://connectrpc.com/docs/protocol) with JSON."""
    headers = {"content-type": content_type, "connect-protocol-version": "1", "authorization": f"Bearer {token}"}
    url = f"{server}/parlance.v1.ChatService/{rpc}"
    return urllib.request.urlopen(urllib.request.Request(url, body, headers))


def call(rpc, **request):
    with post(rpc, json.dumps(request).encode(), "application/json") as response:
        return json.load(response)


def feed():
    """The messages of a stream, each in an envelope: one byte of flags, four of length. Flag 2 is the end."""
    request = json.dumps({}).encode()
    with post("Subscribe", struct.pack(">BI", 0, len(request)) + request, "application/connect+json") as response:
        while len(head := response.read(5)) == 5:
            flags, length = struct.unpack(">BI", head)
            message = json.loads(response.read(length))
            if flags & 2:
                return
            yield message


token = call("Login", nickname=nickname, requestId=secrets.token_urlsafe(18))["token"]
for item in feed():
    if "caughtUp" in item:
        call("Broadcast", text=f"{nickname} is here", requestId=secrets.token_urlsafe(18))
    event = item.get("event", {})
    group, private = event.get("groupMessage"), event.get("privateMessage")
    if group and group["text"] == "ping":
        call("Broadcast", text=f"pong to {group['sender']}", requestId=event["id"])
    if private and private["text"] == "ping":
        to = {"recipient": private["sender"], "recipientId": private["senderId"]}
        call("SendTo", text=f"pong in private to {private['sender']}", requestId=event["id"], **to)
