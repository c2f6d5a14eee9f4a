"""Answers !ping with pong in a Parlance room, over Connect: python ping_bot.py [URL] [NICKNAME]"""

import asyncio
import random
import secrets
import signal
import sys
from contextlib import suppress

from connectrpc.errors import ConnectError
from parlance.v1.chat_service_connect import ChatServiceClient
from parlance.v1.chat_service_pb import BroadcastRequest, LoginRequest, LogoutRequest, SendToRequest, SubscribeRequest
from parlance.v1.error_pb import ErrorDetail
from protobuf import Oneof

CALL_TIMEOUT_MS = 10_000
WORTH_RETRYING = {"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL"}


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


async def wait_or_raise(error, tries):
    """Sleeps until another try can succeed; raises the error if none will."""
    detail = detail_of(error)
    if detail and reason_of(error) not in WORTH_RETRYING:
        raise error
    explain(error)
    asked_s = detail.retry_delay.to_timedelta().total_seconds() if detail and detail.retry_delay else 0
    await asyncio.sleep(max(asked_s, min(15, 0.5 * 2**tries) * random.uniform(0.5, 1)))


class PingBot:
    def __init__(self, chat, nickname):
        self.chat, self.nickname, self.headers, self.cursor = chat, nickname, {}, ""

    async def call(self, method, request):
        return await method(request, headers=self.headers, timeout_ms=CALL_TIMEOUT_MS)

    async def login(self):
        request = LoginRequest(nickname=self.nickname, request_id=secrets.token_urlsafe(24))
        answer = await self.call(self.chat.login, request)
        self.headers = {"authorization": f"Bearer {answer.token}"}
        # A feed that is silent for two and a half heartbeats has lost its connection.
        self.patience_s = 2.5 * answer.limits.heartbeat_interval.to_timedelta().total_seconds()

    async def listen(self):
        """Follows the feed, and after a break from the place where it was lost, until it is cancelled."""
        tries = 0
        while True:
            try:
                async with asyncio.timeout(self.patience_s) as patience:
                    async for answer in self.chat.subscribe(SubscribeRequest(after=self.cursor), headers=self.headers):
                        patience.reschedule(asyncio.get_running_loop().time() + self.patience_s)
                        tries = 0
                        await self.hear(answer.event)
                        self.cursor = answer.event.cursor or self.cursor
            except (ConnectError, OSError) as error:
                tries += 1
                if asyncio.current_task().cancelling():  # The library makes it an error like any other.
                    return
                if reason_of(error) == "NOT_LOGGED_IN":
                    await self.login()
                else:
                    await wait_or_raise(error, tries)

    async def hear(self, event):
        # The event's cursor names the answer: an event that is heard again after a break is not answered twice.
        try:
            match event.kind:
                case Oneof(field="hello", value=hello):
                    print(f"{'back' if hello.resumed else 'online'} as {self.nickname}", flush=True)
                case Oneof(field="message", value=said) if said.text == "!ping":
                    text = f"{said.sender}: pong"
                    await self.call(self.chat.broadcast, BroadcastRequest(text=text, request_id=event.cursor))
                case Oneof(field="private_message", value=said) if said.text == "!ping":
                    request = SendToRequest(nickname=said.sender, text="pong", request_id=event.cursor)
                    await self.call(self.chat.send_to, request)
        except ConnectError as error:
            if not detail_of(error):  # The connection broke: the event is heard again on the next one.
                raise
            explain(error)


async def main(url="http://127.0.0.1:12231", nickname="pingbot"):
    async with ChatServiceClient(url) as chat:
        bot = PingBot(chat, nickname)
        await bot.login()
        listening = asyncio.create_task(bot.listen())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, listening.cancel)
        with suppress(asyncio.CancelledError):
            await listening
        await bot.call(chat.logout, LogoutRequest())
    print("left", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except ConnectError as error:
        explain(error)
        sys.exit(1)
