/**
 * The server under test. The runner starts one for each HTTP version and protocol, sends a ServerCompatRequest to its
 * standard input, reads a ServerCompatResponse from its standard output, and ends it with SIGTERM. Both messages follow
 * their length, 4 bytes, big-endian. The argument is the schema, a file that `buf build` wrote.
 */
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { readSchema } from "./schema.js";
import { serveConformance } from "./serve.js";
import { conformanceRoutes } from "./service.js";

const PREFIX_BYTES = 4;

const schema = readSchema(readFileSync(process.argv[2]!));
const input = await buffer(process.stdin);
const message = input.subarray(PREFIX_BYTES, PREFIX_BYTES + input.readUInt32BE());
const { useTls, messageReceiveLimit, serverCreds } = fromBinary(schema.serverCompatRequest, message);
if (useTls && !serverCreds) throw new Error("the runner wants TLS and sent no certificate");
const tls =
  useTls && serverCreds
    ? { cert: Buffer.from(serverCreds.cert), key: Buffer.from(serverCreds.key) }
    : undefined;

const port = serveConformance(conformanceRoutes(schema), {
  registry: schema.registry,
  readMaxBytes: messageReceiveLimit || undefined,
  tls,
});
const bound = await port.listen();
const response = toBinary(
  schema.serverCompatResponse,
  create(schema.serverCompatResponse, { ...bound, ...(tls && { pemCert: tls.cert }) }),
);
const prefix = Buffer.alloc(PREFIX_BYTES);
prefix.writeUInt32BE(response.length);
process.stdout.write(Buffer.concat([prefix, response]));

// The runner has every response by then, and waits for the process.
process.on("SIGTERM", () => process.exit());
