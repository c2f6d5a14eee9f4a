import {
  type create,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { ModerationService } from "../../../gen/parlance/v1/moderation_service_pb.js";
import { messageOf, refusalOf } from "../../session/errors.js";
import { newRequestId } from "../../session/login.js";
import type { Session } from "../../session/session.js";
import { duplicateKey } from "../../text/json-keys.js";
import { EXIT } from "../exit.js";
import { exitOfError } from "../exit-of-error.js";

/** An RPC as a line of JSON: an object with one key, the RPC's name in lower camel case, and its request. */
export interface RpcLine {
  readonly name: RpcName;
  readonly request: JsonValue;
}

/** Not Login and Subscribe, which the client calls itself, nor what a secret is for: that is not for a log. */
const CHAT_RPCS = [
  "broadcast",
  "sendTo",
  "editMessage",
  "listUsers",
  "listEvents",
  "searchEvents",
  "help",
  "toggleIgnore",
  "logout",
  "getRoom",
  "redact",
] as const;
type ModerationRpc = keyof typeof ModerationService.method;
const MODERATION_RPCS = Object.keys(ModerationService.method) as ModerationRpc[];
const RPCS: readonly RpcName[] = [...CHAT_RPCS, ...MODERATION_RPCS];

export type RpcName = (typeof CHAT_RPCS)[number] | ModerationRpc;

const isModeration = (name: RpcName): name is ModerationRpc => name in ModerationService.method;

/** The result of an RPC: a line for stdout, and the exit code of a refusal (0 for none). */
export interface RpcResult {
  readonly line: string;
  readonly code: number;
  /** Id of the appended message; "" if there is none. */
  readonly id: string;
}

/** Parses a line; returns a string with the reason if it is invalid. */
export function readRpcLine(line: string): RpcLine | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "not JSON";
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return "not a JSON object";
  const [key, ...more] = Object.keys(value);
  const name = RPCS.find((rpc) => rpc === key);
  const twice = duplicateKey(line, lowerCamel);
  if (twice !== undefined) return `the key "${twice}" is there twice`;
  if (!name || more.length > 0) return `not an object with one key out of ${RPCS.join(", ")}`;
  return { name, request: (value as Record<string, JsonValue>)[name] ?? {} };
}

/** A field may be spelled either way. */
const lowerCamel = (key: string) => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

type Call = (request: unknown, options: unknown) => Promise<ReturnType<typeof create>>;

/** Calls the RPC, with a generated request_id if the line carries none, so that it can be retried. */
export async function callRpcLine(session: Session, { name, request }: RpcLine): Promise<RpcResult> {
  const method: DescMethodUnary = isModeration(name)
    ? ModerationService.method[name]
    : ChatService.method[name];
  const takesId = method.input.fields.some((field) => field.name === "request_id");
  const givenId = isObject(request) ? (request.requestId ?? request.request_id) : undefined;
  const tag = typeof givenId === "string" && givenId !== "" ? { requestId: givenId } : {};
  let message: ReturnType<typeof create>;
  try {
    message = fromJson(method.input, request);
  } catch (error) {
    return failed({ for: name, ...tag }, "REQUEST_INVALID", messageOf(error), EXIT.usage);
  }
  if (takesId && !givenId) Object.assign(message, { requestId: newRequestId() });
  try {
    const made = isModeration(name)
      ? session.moderate((client, options) => (client[name] as Call)(message, options))
      : session.call((client, options) => (client[name] as Call)(message, options));
    const response = toJson(method.output, await made) as JsonObject;
    const id = typeof response.id === "string" ? response.id : "";
    return { line: resultLine({ for: name, ...tag, ok: true, response }), code: 0, id };
  } catch (error) {
    const refusal = refusalOf(error);
    const code = refusal ? exitOfError(error) : EXIT.unreachable;
    return failed({ for: name, ...tag }, refusal?.reason, messageOf(error), code);
  }
}

/** The result of a login that was refused. */
export function loginResult(error: unknown): string {
  const refusal = refusalOf(error);
  return failed({ for: "login" }, refusal?.reason, messageOf(error), 0).line;
}

/** The result of an invalid line. */
export function badLineResult(message: string): RpcResult {
  return failed({}, "REQUEST_INVALID", message, EXIT.usage);
}

function failed(
  what: { readonly for?: string; readonly requestId?: string },
  reason: string | undefined,
  message: string,
  code: number,
): RpcResult {
  return {
    line: resultLine({ ...what, ok: false, ...(reason ? { reason } : {}), message }),
    code,
    id: "",
  };
}

function resultLine(result: JsonObject): string {
  return JSON.stringify({ result });
}

function isObject(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
