import { createRegistry, type DescFile, type DescService, type Registry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.js";
import * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.js";
import type { AddRoutes } from "./routes.js";
import { filesBySymbol } from "./symbols.js";
import { wait } from "./wait.js";

type Request = v1.ServerReflectionRequest | v1alpha.ServerReflectionRequest;
/** Plain values, so that one response fits both versions. */
type Response =
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "errorResponse"; value: { errorCode: Code; errorMessage: string } };

interface Index {
  readonly services: readonly DescService[];
  readonly files: ReadonlyMap<string, DescFile>;
  readonly symbols: ReadonlyMap<string, DescFile>;
  readonly registry: Registry;
}

/**
 * Server reflection (grpc.reflection v1, and v1alpha, which older tools still use) for `services` and for itself,
 * so that buf curl, grpcurl and the like need no schema at hand. `details`: files that no service imports, as those of
 * error details, which tools could otherwise print as bytes only.
 * Source: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflectionRoutes(
  services: readonly DescService[],
  details: readonly DescFile[] = [],
): AddRoutes {
  const index = createIndex([...services, v1.ServerReflection, v1alpha.ServerReflection], details);
  return (router, options) => {
    router.service(
      v1.ServerReflection,
      { serverReflectionInfo: (requests, context) => respond(index, requests, context.signal) },
      options,
    );
    router.service(
      v1alpha.ServerReflection,
      { serverReflectionInfo: (requests, context) => respond(index, requests, context.signal) },
      options,
    );
  };
}

function createIndex(services: readonly DescService[], details: readonly DescFile[]): Index {
  const files = [...closure([...services.map((service) => service.file), ...details])];
  return {
    services,
    files: new Map(files.map((file) => [file.proto.name, file])),
    symbols: filesBySymbol(files),
    registry: createRegistry(...files),
  };
}

function closure(files: readonly DescFile[], found = new Set<DescFile>()): Set<DescFile> {
  for (const file of files) {
    if (!found.has(file)) closure(file.dependencies, found.add(file));
  }
  return found;
}

async function* respond<R extends Request>(index: Index, requests: AsyncIterable<R>, signal: AbortSignal) {
  const sent = new Set<DescFile>();
  const reader = requests[Symbol.asyncIterator]();
  for (;;) {
    // Connect does not wake a reader on shutdown.
    const next = await wait<IteratorResult<R>>(signal, (resolve, reject) => {
      reader.next().then(resolve, reject);
      return undefined;
    });
    if (next.done) return;
    const messageResponse = responseTo(index, next.value.messageRequest, sent);
    yield { validHost: next.value.host, originalRequest: next.value, messageResponse };
  }
}

function responseTo(
  index: Index,
  { case: kind, value }: Request["messageRequest"],
  sent: Set<DescFile>,
): Response {
  switch (kind) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: index.services.map(({ typeName }) => ({ name: typeName })) },
      };
    case "fileByFilename":
      return fileResponse(index.files.get(value), sent, `no file ${value}`);
    case "fileContainingSymbol":
      return fileResponse(index.symbols.get(value), sent, `no symbol ${value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = value;
      const extendee = index.registry.getMessage(containingType);
      const extension = extendee && index.registry.getExtensionFor(extendee, extensionNumber);
      return fileResponse(extension?.file, sent, `no extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType":
      return extensionNumbers(index.registry, value);
    default:
      return refusal(Code.InvalidArgument, "the request names nothing that is known here");
  }
}

/** The file and all it imports, so that one request is enough; no file twice on one stream. */
function fileResponse(file: DescFile | undefined, sent: Set<DescFile>, notFound: string): Response {
  if (!file) return refusal(Code.NotFound, notFound);
  const files = [...closure([file])].filter((each) => each === file || !sent.has(each));
  for (const each of files) sent.add(each);
  const fileDescriptorProto = files.map((each) => toBinary(FileDescriptorProtoSchema, each.proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function extensionNumbers(registry: Registry, baseTypeName: string): Response {
  if (!registry.getMessage(baseTypeName)) return refusal(Code.NotFound, `no message type ${baseTypeName}`);
  const extensionNumber = [...registry]
    .filter((type) => type.kind === "extension" && type.extendee.typeName === baseTypeName)
    .map((type) => (type.kind === "extension" ? type.number : 0));
  return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
}

const refusal = (errorCode: Code, errorMessage: string): Response => ({
  case: "errorResponse",
  value: { errorCode, errorMessage },
});
