// The official client of gRPC-Web, in a browser. It has a stream in its text mode only.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { GrpcWebClientBase, MethodDescriptor } from "grpc-web";
import {
  BroadcastRequestSchema,
  BroadcastResponseSchema,
  SubscribeRequestSchema,
  SubscribeResponseSchema,
} from "../../../gen/parlance/v1/chat_service_pb.js";

const WAIT_MS = 5_000;
const service = "/parlance.v1.ChatService/";
const method = (name, type, request, response) =>
  new MethodDescriptor(
    service + name,
    type,
    Object,
    Object,
    (message) => toBinary(request, message),
    (bytes) => fromBinary(response, bytes),
  );
const broadcast = method("Broadcast", "unary", BroadcastRequestSchema, BroadcastResponseSchema);
const subscribe = method("Subscribe", "server_streaming", SubscribeRequestSchema, SubscribeResponseSchema);

/** What works, in lines; `format` is "binary" or "text". */
globalThis.useGrpcWeb = async (token, format) => {
  const client = new GrpcWebClientBase({ format });
  const headers = { authorization: `Bearer ${token}` };
  const say = (text) =>
    new Promise((resolve) => {
      const request = create(BroadcastRequestSchema, { text });
      client.rpcCall(`${location.origin}${broadcast.name}`, request, headers, broadcast, (error, response) =>
        resolve({ error, response }),
      );
    });
  const { response, error: failed } = await say("grpc-web");
  if (failed) return [`unary refused: ${failed.message}`];
  const { error } = await say("");
  const detail = atob(error.metadata["grpc-status-details-bin"]);
  return [
    `unary ${response.id.length}`,
    `stream ${(await readItems(client, headers)).join(" ")}`,
    `error ${error.code} ${detail.includes("parlance.v1.ErrorDetail") ? "with its detail" : ""}`,
  ];
};

function readItems(client, headers) {
  const items = [];
  return new Promise((resolve) => {
    const request = create(SubscribeRequestSchema, { backlog: 1 });
    const stream = client.serverStreaming(`${location.origin}${subscribe.name}`, request, headers, subscribe);
    stream.on("data", ({ item }) => {
      if (items.push(item.case) && item.case === "caughtUp") end();
    });
    const end = () => {
      stream.cancel();
      resolve(items);
    };
    stream.on("error", end);
    setTimeout(end, WAIT_MS);
  });
}
