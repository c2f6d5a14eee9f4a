import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.js";
import * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { Health } from "../../gen/health/v1/health_pb.js";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema } from "../../gen/parlance/v1/errors_pb.js";
import { reflectionRoutes } from "./reflection.js";

type Question = NonNullable<MessageInitShape<typeof v1.ServerReflectionRequestSchema>["messageRequest"]>;

const symbol = (value: string): Question => ({ case: "fileContainingSymbol", value });

/** Asks all on one stream; an answer is the names of its files, or what else it holds. */
async function ask(...questions: Question[]): Promise<unknown[]> {
  const transport = createRouterTransport(reflectionRoutes([ChatService, Health]));
  async function* requests() {
    for (const messageRequest of questions) yield { host: "here", messageRequest };
  }
  const answers: unknown[] = [];
  for await (const { messageResponse: answer, validHost } of createClient(
    v1.ServerReflection,
    transport,
  ).serverReflectionInfo(requests())) {
    expect(validHost).toBe("here");
    answers.push(answer.case === "fileDescriptorResponse" ? names(answer.value) : answer.value);
  }
  return answers;
}

function names({ fileDescriptorProto }: Pick<v1.FileDescriptorResponse, "fileDescriptorProto">): string[] {
  return fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

const CHAT_FILE = "parlance/v1/chat_service.proto";
const EVENT_FILE = "parlance/v1/event.proto";

test("all services are listed, reflection itself included", async () => {
  const [list] = await ask({ case: "listServices", value: "" });
  expect(list).toMatchObject({
    service: [
      { name: "parlance.v1.ChatService" },
      { name: "grpc.health.v1.Health" },
      { name: "grpc.reflection.v1.ServerReflection" },
      { name: "grpc.reflection.v1alpha.ServerReflection" },
    ],
  });
});

test("files that no service imports are known, too", async () => {
  const transport = createRouterTransport(reflectionRoutes([ChatService], [ErrorDetailSchema.file]));
  for (const service of [v1.ServerReflection, v1alpha.ServerReflection]) {
    async function* requests() {
      for (const value of [ErrorDetailSchema.typeName, "parlance.v1.ErrorReason"])
        yield { host: "here", messageRequest: { case: "fileContainingSymbol" as const, value } };
    }
    for await (const { messageResponse: answer } of createClient(service, transport).serverReflectionInfo(
      requests(),
    ))
      expect(answer.case === "fileDescriptorResponse" && names(answer.value)[0]).toBe(
        ErrorDetailSchema.file.proto.name,
      );
  }
});

test("a file comes first, and with all it imports", async () => {
  const [files] = (await ask({ case: "fileByFilename", value: CHAT_FILE })) as string[][];
  expect(files?.[0]).toBe(CHAT_FILE);
  expect(new Set(files)).toEqual(
    new Set([
      CHAT_FILE,
      EVENT_FILE,
      "parlance/v1/limits.proto",
      "parlance/v1/room.proto",
      "parlance/v1/user.proto",
      "google/protobuf/timestamp.proto",
      "google/protobuf/duration.proto",
    ]),
  );
});

test("no import is sent twice on one stream", async () => {
  const [first, second] = (await ask(
    symbol("parlance.v1.Event"),
    symbol("parlance.v1.ChatService"),
  )) as string[][];
  expect(first).toContain("parlance/v1/user.proto");
  expect(second).toContain(CHAT_FILE);
  expect(first?.filter((name) => second?.includes(name))).toEqual([]);
});

test("what was asked for is sent again when asked for again", async () => {
  const [, second] = await ask(symbol("parlance.v1.Event"), symbol("parlance.v1.Event"));
  expect(second).toEqual([EVENT_FILE]);
});

test.each([
  ["a service", "parlance.v1.ChatService", CHAT_FILE],
  ["a method", "parlance.v1.ChatService.Login", CHAT_FILE],
  ["a message", "parlance.v1.Event", EVENT_FILE],
  ["a field", "parlance.v1.LoginRequest.nickname", CHAT_FILE],
  ["a oneof", "parlance.v1.Event.kind", EVENT_FILE],
  ["an enum", "parlance.v1.GapReason", EVENT_FILE],
  ["an enum's value, a sibling of its enum", "parlance.v1.GAP_REASON_TRIMMED", EVENT_FILE],
  ["a nested enum's value", "grpc.health.v1.HealthCheckResponse.SERVING", "health/v1/health.proto"],
  ["an imported type", "google.protobuf.Timestamp", "google/protobuf/timestamp.proto"],
])("%s is found by its full name", async (_, name, file) => {
  const [files] = (await ask(symbol(name))) as string[][];
  expect(files?.[0]).toBe(file);
});

test("what is not there is an answer each, and the stream goes on", async () => {
  const answers = await ask(
    symbol("parlance.v1.Nope"),
    symbol("parlance.v1.ChatService.Nope"),
    symbol(""),
    { case: "fileByFilename", value: "nope.proto" },
    { case: "fileContainingExtension", value: { containingType: "parlance.v1.Event", extensionNumber: 100 } },
    { case: "fileContainingExtension", value: { containingType: "parlance.v1.Nope", extensionNumber: 100 } },
    { case: "allExtensionNumbersOfType", value: "parlance.v1.Nope" },
    { case: undefined },
    symbol("parlance.v1.ChatService"),
  );
  const codes = answers.map((answer) => (answer as v1.ErrorResponse).errorCode);
  expect(codes).toEqual([...Array(7).fill(Code.NotFound), Code.InvalidArgument, undefined]);
});

test("a message that nobody extends has no extensions", async () => {
  const [answer] = await ask({ case: "allExtensionNumbersOfType", value: "parlance.v1.Event" });
  expect(answer).toMatchObject({ baseTypeName: "parlance.v1.Event", extensionNumber: [] });
});

test("v1alpha answers the same, for older tools", async () => {
  const transport = createRouterTransport(reflectionRoutes([ChatService]));
  async function* requests() {
    yield { messageRequest: symbol("parlance.v1.Event") as { case: "fileContainingSymbol"; value: string } };
  }
  const stream = createClient(v1alpha.ServerReflection, transport).serverReflectionInfo(requests());
  const { value: first } = await stream[Symbol.asyncIterator]().next();
  expect(first?.originalRequest?.messageRequest.value).toBe("parlance.v1.Event");
  const answer = first?.messageResponse;
  expect(answer?.case === "fileDescriptorResponse" && answer.value.fileDescriptorProto.length).toBe(6);
});

test("a silent caller does not outlive the shutdown", async () => {
  const shutdown = new AbortController();
  const transport = createRouterTransport(reflectionRoutes([]), {
    router: { shutdownSignal: shutdown.signal },
  });
  let hangUp: (() => void) | undefined;
  async function* requests() {
    yield { messageRequest: { case: "listServices" as const, value: "" } };
    await new Promise<void>((resolve) => {
      hangUp = resolve;
    });
  }
  const answers = createClient(v1.ServerReflection, transport)
    .serverReflectionInfo(requests())
    [Symbol.asyncIterator]();
  await answers.next();
  const second = answers.next();
  shutdown.abort(new ConnectError("server is shutting down", Code.Unavailable));
  await expect(second).rejects.toMatchObject({ code: Code.Unavailable });
  hangUp?.();
});
