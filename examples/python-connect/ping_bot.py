"""Replies pong to !ping in a Parlance room, over Connect: python ping_bot.py [URL] [NICKNAME]"""

import random
import secrets
import signal
import sys
import threading
import time

from connectrpc.errors import ConnectError
from parlance.v1.chat_service_connect import ChatServiceClientSync
from parlance.v1.chat_service_pb import BroadcastRequest, LoginRequest, LogoutRequest, SendToRequest, SubscribeRequest
from parlance.v1.errors_pb import ErrorDetail
from protobuf import Oneof
from pyqwest import SyncClient, SyncHTTPTransport

CALL_TIMEOUT_MS = 10_000
# A feed is never silent for longer than a heartbeat, 15 s by default; after two and a half the connection is lost.
READ_TIMEOUT_S = 40
WORTH_RETRYING = {"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE"}
SIGNALS = {signal.SIGINT, signal.SIGTERM}


def detail_of(error):
    """The ErrorDetail of a failed call; None if the call never reached the room."""
    details = error.details if isinstance(error, ConnectError) else ()
    return next(filter(None, (detail.value(ErrorDetail) for detail in details)), None)


def reason_of(error):
    if detail := detail_of(error):
        return detail.reason.name
    return error.code.name if isinstance(error, ConnectError) else type(error).__name__


def explain(error):
    hint = getattr(detail_of(error), "suggestion", "")
    print(f"{reason_of(error)}: {error}{f' (try {hint})' if hint else ''}", flush=True)


def wait_or_raise(error, tries):
    """Sleeps until a retry can succeed; raises the error if none will."""
    detail = detail_of(error)
    if detail and reason_of(error) not in WORTH_RETRYING:
        raise error
    explain(error)
    retry_delay_s = detail.retry_delay.to_timedelta().total_seconds() if detail and detail.retry_delay else 0
    time.sleep(max(retry_delay_s, min(15, 0.5 * 2**tries) * random.uniform(0.5, 1)))


class PingBot:
    def __init__(self, chat, nickname):
        self.chat, self.nickname, self.headers, self.cursor, self.leaving = chat, nickname, {}, "", False

    def call(self, method, request):
        return method(request, headers=self.headers, timeout_ms=CALL_TIMEOUT_MS)

    def login(self):
        request = LoginRequest(nickname=self.nickname, request_id=secrets.token_urlsafe(24))
        self.headers = {"authorization": f"Bearer {self.call(self.chat.login, request).token}"}

    def read_feed(self):
        """Reads the feed, resuming it after each disconnection, until the bot has left."""
        tries = 0
        while not self.leaving:
            try:
                for response in self.chat.subscribe(SubscribeRequest(after=self.cursor), headers=self.headers):
                    tries = 0
                    self.handle(response.item)
            except (ConnectError, OSError) as error:
                tries += 1
                if reason_of(error) == "NOT_LOGGED_IN" and not self.leaving:
                    self.login()
                elif not self.leaving:
                    wait_or_raise(error, tries)

    def handle(self, item):
        match item:
            case None:  # An item that this version of the bot does not know.
                return
            case Oneof(field="hello", value=hello):
                print(f"{'back' if hello.resumed else 'online'} as {self.nickname}", flush=True)
            case Oneof(field="event", value=event):
                try:
                    self.reply(event)
                except ConnectError as error:
                    if not detail_of(error):  # The connection broke: the resumed feed delivers the event again.
                        raise
                    explain(error)
        self.cursor = item.value.cursor

    def reply(self, event):
        """Replies to !ping. The event's id is the idempotency key: an event delivered again has one reply."""
        match event.kind:
            case Oneof(field="group_message", value=message) if message.text == "!ping":
                request = BroadcastRequest(text=f"{message.sender}: pong", request_id=event.id)
                self.call(self.chat.broadcast, request)
            case Oneof(field="private_message", value=message) if message.text == "!ping":
                # The id pins the person: the nickname may have another holder by now.
                whom = {"recipient": message.sender, "recipient_id": message.sender_id}
                self.call(self.chat.send_to, SendToRequest(**whom, text="pong", request_id=event.id))


def main(url="http://127.0.0.1:12231", nickname="pingbot"):
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # Received by sigtimedwait below, in this thread only.
    client = SyncClient(SyncHTTPTransport(read_timeout=READ_TIMEOUT_S))
    with ChatServiceClientSync(url, http_client=client) as chat:
        bot = PingBot(chat, nickname)
        bot.login()
        reading = threading.Thread(target=bot.read_feed, daemon=True)
        reading.start()
        while reading.is_alive() and not signal.sigtimedwait(SIGNALS, 1):
            pass
        bot.leaving = True
        bot.call(chat.logout, LogoutRequest())  # Ends the feed, too.
        reading.join()
    print("left", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ConnectError as error:
        explain(error)
        sys.exit(1)
