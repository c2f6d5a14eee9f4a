// A usual grpc-js server: a server-streaming call for each subscriber, a write for each message.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import {
  type BroadcastRequest,
  BroadcastRequestSchema,
  type BroadcastResponse,
  BroadcastResponseSchema,
  ChatService,
  type LoginRequest,
  LoginRequestSchema,
  type LoginResponse,
  LoginResponseSchema,
  type SubscribeRequest,
  SubscribeRequestSchema,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { createRoom } from "./room.js";

function method<
  I extends typeof LoginRequestSchema | typeof BroadcastRequestSchema | typeof SubscribeRequestSchema,
>(
  name: string,
  input: I,
  output: typeof LoginResponseSchema | typeof BroadcastResponseSchema | typeof SubscribeResponseSchema,
  responseStream: boolean,
) {
  return {
    path: `/${ChatService.typeName}/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (message: Parameters<typeof toBinary<I>>[1]) => Buffer.from(toBinary(input, message)),
    requestDeserialize: (bytes: Buffer) => fromBinary(input, bytes),
    responseSerialize: (message: Parameters<typeof toBinary<typeof output>>[1]) =>
      Buffer.from(toBinary(output, message)),
    responseDeserialize: (bytes: Buffer) => fromBinary(output, bytes),
  };
}

const room = createRoom();

function caller(metadata: Metadata): string | undefined {
  return room.whois(String(metadata.get("authorization")[0] ?? ""));
}

const unauthenticated = { code: status.UNAUTHENTICATED, details: "log in first" };

const login: handleUnaryCall<LoginRequest, LoginResponse> = ({ request }, callback) => {
  callback(null, room.login(request.nickname));
};

const broadcast: handleUnaryCall<BroadcastRequest, BroadcastResponse> = ({ request, metadata }, callback) => {
  const sender = caller(metadata);
  if (sender === undefined) callback(unauthenticated);
  else callback(null, room.broadcast(sender, request.text));
};

const subscribe: handleServerStreamingCall<SubscribeRequest, SubscribeResponse> = (call) => {
  if (caller(call.metadata) === undefined) {
    call.emit("error", unauthenticated);
    return;
  }
  const leave = room.subscribe((response) => call.write(response));
  call.on("cancelled", leave);
  call.on("error", leave);
};

const service: ServiceDefinition = {
  login: method("Login", LoginRequestSchema, LoginResponseSchema, false),
  broadcast: method("Broadcast", BroadcastRequestSchema, BroadcastResponseSchema, false),
  subscribe: method("Subscribe", SubscribeRequestSchema, SubscribeResponseSchema, true),
};

const server = new Server();
server.addService(service, { login, broadcast, subscribe });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`listens on 127.0.0.1:${port}`);
});
