"""Answers !ping with pong in a Parlance room, over Connect: python ping_bot.py [URL] [NICKNAME]"""

import random
import secrets
import signal
import sys
import threading
import time

from connectrpc.errors import ConnectError
from parlance.v1.chat_service_connect import ChatServiceClientSync
from parlance.v1.chat_service_pb import BroadcastRequest, LoginRequest, LogoutRequest, SendToRequest, SubscribeRequest
from parlance.v1.error_pb import ErrorDetail
from protobuf import Oneof
from pyqwest import SyncClient, SyncHTTPTransport

CALL_TIMEOUT_MS = 10_000
# A feed is never silent for longer than a heartbeat, 15 s by default; after two and a half the connection is lost.
READ_TIMEOUT_S = 40
WORTH_RETRYING = {"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL"}
SIGNALS = {signal.SIGINT, signal.SIGTERM}


def detail_of(error):
    """The ErrorDetail of a failed call; None if the room never saw the call."""
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
    """Sleeps until another try can succeed; raises the error if none will."""
    detail = detail_of(error)
    if detail and reason_of(error) not in WORTH_RETRYING:
        raise error
    explain(error)
    asked_s = detail.retry_delay.to_timedelta().total_seconds() if detail and detail.retry_delay else 0
    time.sleep(max(asked_s, min(15, 0.5 * 2**tries) * random.uniform(0.5, 1)))


class PingBot:
    def __init__(self, chat, nickname):
        self.chat, self.nickname, self.headers, self.cursor, self.leaving = chat, nickname, {}, "", False

    def call(self, method, request):
        return method(request, headers=self.headers, timeout_ms=CALL_TIMEOUT_MS)

    def login(self):
        request = LoginRequest(nickname=self.nickname, request_id=secrets.token_urlsafe(24))
        self.headers = {"authorization": f"Bearer {self.call(self.chat.login, request).token}"}

    def listen(self):
        """Follows the feed, and after a break from the place where it was lost, until the bot has left."""
        tries = 0
        while not self.leaving:
            try:
                for answer in self.chat.subscribe(SubscribeRequest(after=self.cursor), headers=self.headers):
                    tries = 0
                    self.hear(answer.event)
                    self.cursor = answer.event.cursor or self.cursor
            except (ConnectError, OSError) as error:
                tries += 1
                if reason_of(error) == "NOT_LOGGED_IN" and not self.leaving:
                    self.login()
                elif not self.leaving:
                    wait_or_raise(error, tries)

    def hear(self, event):
        # The event's cursor names the answer: an event that is heard again after a break is not answered twice.
        try:
            match event.kind:
                case Oneof(field="hello", value=hello):
                    print(f"{'back' if hello.resumed else 'online'} as {self.nickname}", flush=True)
                case Oneof(field="message", value=said) if said.text == "!ping":
                    text = f"{said.sender}: pong"
                    self.call(self.chat.broadcast, BroadcastRequest(text=text, request_id=event.cursor))
                case Oneof(field="private_message", value=said) if said.text == "!ping":
                    request = SendToRequest(nickname=said.sender, text="pong", request_id=event.cursor)
                    self.call(self.chat.send_to, request)
        except ConnectError as error:
            if not detail_of(error):  # The connection broke: the event is heard again on the next one.
                raise
            explain(error)


def main(url="http://127.0.0.1:12231", nickname="pingbot"):
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # Taken by sigtimedwait below, in no thread but this one.
    client = SyncClient(SyncHTTPTransport(read_timeout=READ_TIMEOUT_S))
    with ChatServiceClientSync(url, http_client=client) as chat:
        bot = PingBot(chat, nickname)
        bot.login()
        listening = threading.Thread(target=bot.listen, daemon=True)
        listening.start()
        while listening.is_alive() and not signal.sigtimedwait(SIGNALS, 1):
            pass
        bot.leaving = True
        bot.call(chat.logout, LogoutRequest())  # Ends the feed, too.
        listening.join()
    print("left", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ConnectError as error:
        explain(error)
        sys.exit(1)
