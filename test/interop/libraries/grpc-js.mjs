// @grpc/grpc-js, which reads the schema at run time: grpc-js.mjs HOST:PORT TOKEN
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import protobuf from "protobufjs";

const [host, token] = process.argv.slice(2);
const options = {
  includeDirs: [join(import.meta.dirname, "../../../proto")],
  keepCase: true,
  enums: String,
  oneofs: true,
};
const schema = loadSync(["parlance/v1/chat_service.proto", "parlance/v1/errors.proto"], options);
const { ChatService } = grpc.loadPackageDefinition(schema).parlance.v1;
// google.rpc.Status, which no dependency of grpc-js brings along.
const { root } = protobuf.parse(`syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }`);
const Status = root.lookupType("Status");

const chat = new ChatService(host, grpc.credentials.createInsecure());
const headers = new grpc.Metadata();
headers.set("authorization", `Bearer ${token}`);
const call = (method, request) =>
  new Promise((resolve) => chat[method](request, headers, (error, response) => resolve({ error, response })));

const { response } = await call("Broadcast", { text: "grpc-js" });
console.log("unary", response.id.length);

const feed = chat.Subscribe({ backlog: 1 }, headers);
const items = [];
for await (const { item } of feed) {
  items.push(item);
  if (item === "caught_up") break;
}
feed.cancel();
console.log("stream", items.join(" "));

const { error } = await call("Broadcast", { text: "" });
const [packed] = Status.decode(error.metadata.get("grpc-status-details-bin")[0]).details;
const detail = schema["parlance.v1.ErrorDetail"].deserialize(packed.value);
console.log("error", grpc.status[error.code], detail.reason.replace("ERROR_REASON_", ""), detail.field);

const unknown = new grpc.Client(host, grpc.credentials.createInsecure());
const bytes = (value) => value;
unknown.makeUnaryRequest(
  "/parlance.v1.ChatService/Nope",
  bytes,
  bytes,
  Buffer.alloc(0),
  headers,
  (refused) => {
    console.log("unknown", grpc.status[refused.code]);
  },
);
