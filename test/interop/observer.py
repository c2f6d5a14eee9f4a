"""Prints the items of a member's feed as lines of JSON, for tests of other languages: observer.py HOST:PORT NICKNAME

Survives a restart of the server: it resumes after the last cursor.
"""

import sys
import time

import grpc
from google.protobuf.json_format import MessageToJson
from parlance.v1 import chat_service_pb2 as pb
from parlance.v1 import chat_service_pb2_grpc


def main(address, nickname):
    with grpc.insecure_channel(address) as channel:
        chat = chat_service_pb2_grpc.ChatServiceStub(channel)
        metadata = (("authorization", f"Bearer {chat.Login(pb.LoginRequest(nickname=nickname)).token}"),)
        cursor = ""
        while True:
            try:
                for response in chat.Subscribe(pb.SubscribeRequest(after=cursor), metadata=metadata):
                    print(MessageToJson(response, indent=None), flush=True)
                    cursor = getattr(response, response.WhichOneof("item")).cursor
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
                time.sleep(0.2)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
