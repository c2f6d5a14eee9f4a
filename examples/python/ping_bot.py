"""Replies pong to !ping in a Parlance room, over gRPC: python ping_bot.py [HOST:PORT] [NICKNAME]"""

import random
import secrets
import signal
import sys
import time

import grpc
from grpc_status import rpc_status
from parlance.v1 import chat_service_pb2 as pb
from parlance.v1 import chat_service_pb2_grpc, errors_pb2

CALL_TIMEOUT_S = 10
WORTH_RETRYING = {"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE"}
# Without pings, a connection that was lost silently looks like a quiet room.
KEEPALIVE = [("grpc.keepalive_time_ms", 15_000), ("grpc.keepalive_timeout_ms", 5_000)]


def detail_of(error):
    """The ErrorDetail of a failed call; None if the call never reached the room."""
    status, detail = rpc_status.from_call(error), errors_pb2.ErrorDetail()
    return next((detail for packed in status.details if packed.Unpack(detail)), None) if status else None


def reason_of(error):
    detail = detail_of(error)
    name = errors_pb2.ErrorReason.Name(detail.reason) if detail else error.code().name
    return name.removeprefix("ERROR_REASON_")


def explain(error):
    hint = getattr(detail_of(error), "suggestion", "")
    print(f"{reason_of(error)}: {error.details()}{f' (try {hint})' if hint else ''}", flush=True)


def wait_or_raise(error, tries):
    """Sleeps until a retry can succeed; raises the error if none will."""
    detail = detail_of(error)
    if detail and reason_of(error) not in WORTH_RETRYING:
        raise error
    explain(error)
    retry_delay_s = detail.retry_delay.ToTimedelta().total_seconds() if detail else 0
    time.sleep(max(retry_delay_s, min(15, 0.5 * 2**tries) * random.uniform(0.5, 1)))


class PingBot:
    def __init__(self, channel, nickname):
        self.chat = chat_service_pb2_grpc.ChatServiceStub(channel)
        self.nickname, self.metadata, self.cursor, self.feed, self.leaving = nickname, (), "", None, False

    def call(self, method, request):
        return method(request, metadata=self.metadata, timeout=CALL_TIMEOUT_S)

    def login(self):
        request = pb.LoginRequest(nickname=self.nickname, request_id=secrets.token_urlsafe(24))
        self.metadata = (("authorization", f"Bearer {self.call(self.chat.Login, request).token}"),)

    def read_feed(self):
        """Reads the feed, resuming it after each disconnection, until leave() is called."""
        tries = 0
        while not self.leaving:
            try:
                self.feed = self.chat.Subscribe(pb.SubscribeRequest(after=self.cursor), metadata=self.metadata)
                for response in self.feed:
                    tries = 0
                    self.handle(response)
            except grpc.RpcError as error:
                tries += 1
                if reason_of(error) == "NOT_LOGGED_IN":
                    self.login()
                elif not self.leaving:
                    wait_or_raise(error, tries)

    def handle(self, response):
        name = response.WhichOneof("item")
        if not name:  # An item that this version of the bot does not know.
            return
        if name == "hello":
            print(f"{'back' if response.hello.resumed else 'online'} as {self.nickname}", flush=True)
        elif name == "event":
            try:
                self.reply(response.event)
            except grpc.RpcError as error:
                if not detail_of(error):  # The connection broke: the resumed feed delivers the event again.
                    raise
                explain(error)
        self.cursor = getattr(response, name).cursor

    def reply(self, event):
        """Replies to !ping. The event's id is the idempotency key: an event delivered again has one reply."""
        if event.group_message.text == "!ping":
            text = f"{event.group_message.sender}: pong"
            self.call(self.chat.Broadcast, pb.BroadcastRequest(text=text, request_id=event.id))
        elif event.private_message.text == "!ping":
            message = event.private_message
            # The id pins the person: the nickname may have another holder by now.
            whom = {"recipient": message.sender, "recipient_id": message.sender_id}
            self.call(self.chat.SendTo, pb.SendToRequest(**whom, text="pong", request_id=event.id))

    def leave(self, *_):
        self.leaving = True
        if self.feed:
            self.feed.cancel()


def main(address="127.0.0.1:12231", nickname="pingbot"):
    with grpc.insecure_channel(address, options=KEEPALIVE) as channel:
        bot = PingBot(channel, nickname)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, bot.leave)
        bot.login()
        bot.read_feed()
        bot.call(bot.chat.Logout, pb.LogoutRequest())
    print("left", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except grpc.RpcError as error:
        explain(error)
        sys.exit(1)
