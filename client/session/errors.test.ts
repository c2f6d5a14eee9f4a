import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import {
  isLoggedOut,
  isTransient,
  isUnimplemented,
  messageOf,
  refusalOf,
  SessionEnded,
  unreachableCode,
} from "./errors.js";
import type { EndReason } from "./event.js";
import { isObstacle, proxyFault, redirectTarget } from "./obstacle.js";
import { refusal } from "./test-room.js";

describe("whether a retry helps", () => {
  test.each([
    [new ConnectError("", Code.Unavailable), true],
    [refusal(Code.Unavailable, ErrorReason.STORE_UNAVAILABLE), true],
    [refusal(Code.Unavailable, ErrorReason.SHUTTING_DOWN), true],
    [new ConnectError("", Code.Aborted), true],
    [new ConnectError("", Code.Internal), true],
    [new ConnectError("", Code.Unknown), true],
    [new ConnectError("", Code.DeadlineExceeded), true],
    [new ConnectError("", Code.InvalidArgument), true],
    [refusal(Code.InvalidArgument, ErrorReason.TEXT_INVALID), false],
    [refusal(Code.ResourceExhausted, ErrorReason.TOO_SLOW), true],
    [refusal(Code.ResourceExhausted, ErrorReason.RATE_LIMITED), false],
    [refusal(Code.ResourceExhausted, ErrorReason.ROOM_FULL), false],
    [new ConnectError("", Code.Unauthenticated), false],
    [new ConnectError("", Code.Unimplemented), false],
    [new Error("a fault of the program"), false],
    [undefined, false],
  ])("%s: %s", (error, expected) => expect(isTransient(error)).toBe(expected));
});

test.each<[EndReason, boolean]>([
  ["SHUTTING_DOWN", true],
  ["TOO_SLOW", true],
  ["SESSION_EXPIRED", true],
  ["LOGGED_OUT", false],
  ["REPLACED", false],
  ["REMOVED", false],
  ["BANNED", false],
  ["UNKNOWN", false],
])("a session that ended with %s is retryable: %s", (reason, retryable) => {
  const cause = new Error("why");
  const error = new SessionEnded(reason, { cause });
  expect(error).toMatchObject({ reason, retryable, cause });
  expect(String(error)).toMatch(/^SessionEnded: the server ended the (session|feed): [A-Z_]+$/);
});

test("a refusal carries whether the same call can succeed later", () => {
  const retryable = (code: Code, reason: ErrorReason, options = {}) =>
    refusalOf(refusal(code, reason, options))?.retryable;
  expect(retryable(Code.ResourceExhausted, ErrorReason.RATE_LIMITED, { retryMs: 10 })).toBe(true);
  expect(retryable(Code.Unavailable, ErrorReason.STORE_UNAVAILABLE)).toBe(true);
  expect(retryable(Code.NotFound, ErrorReason.USER_NOT_FOUND)).toBe(false);
});

test("a refusal is read from its detail, never from its message", () => {
  const error = refusal(Code.NotFound, ErrorReason.USER_NOT_FOUND, { suggestion: "alice" });
  expect(refusalOf(error)).toMatchObject({ reason: "USER_NOT_FOUND", suggestion: "alice", retryMs: null });
  expect(refusalOf(new ConnectError("USER_NOT_FOUND", Code.NotFound))).toBeUndefined();
  expect(refusalOf(refusal(Code.Internal, ErrorReason.UNSPECIFIED))).toBeUndefined();
  // A reason of a later schema has no name here.
  expect(refusalOf(refusal(Code.Internal, 999 as ErrorReason))).toBeUndefined();
});

test("a connection that was never made is distinguished from a lost one", () => {
  const because = (code: string) => {
    const cause = Object.assign(new Error(code), { code });
    return new ConnectError("", Code.Unavailable, undefined, undefined, cause);
  };
  expect(unreachableCode(because("ECONNREFUSED"))).toBe("ECONNREFUSED");
  expect(unreachableCode(because("ECONNRESET"))).toBeUndefined();
  expect(isLoggedOut(new ConnectError("", Code.Unauthenticated))).toBe(true);
});

describe("an error that is not the room's", () => {
  const response = (message: string, code: Code, headers: Record<string, string> = {}) =>
    new ConnectError(message, code, { "content-type": "text/html", ...headers });
  const broken = (code: string) =>
    new ConnectError("", Code.Internal, undefined, undefined, Object.assign(new Error(), { code }));

  test.each<[ConnectError, boolean]>([
    [response("HTTP 404", Code.Unimplemented), true],
    [response("HTTP 401", Code.Unauthenticated), true],
    [response("HTTP 302", Code.Unknown, { location: "/" }), true],
    [response("unsupported content type text/html", Code.Unknown), true],
    [broken("CERT_HAS_EXPIRED"), true],
    [broken("EPROTO"), true],
    [broken("HPE_INVALID_CONSTANT"), true],
    [response("HTTP 502", Code.Unavailable), false],
    [response("HTTP 429", Code.Unavailable), false],
    [response("HTTP 500", Code.Unknown), false],
    [broken("ECONNRESET"), false],
  ])("%s: in the way for good: %s", (error, lasting) => {
    expect([isObstacle(error), isTransient(error)]).toEqual([lasting, !lasting]);
    expect([isLoggedOut(error), isUnimplemented(error)]).toEqual([false, false]);
  });

  test("a refusal by the room is none of these, whatever its message", () => {
    const detail = { desc: ErrorDetailSchema, value: { reason: ErrorReason.NOT_LOGGED_IN } };
    const error = new ConnectError("HTTP 401", Code.Unauthenticated, undefined, [detail]);
    expect([isObstacle(error), isLoggedOut(error)]).toEqual([false, true]);
  });

  test("a redirect leads to an address of the room, or to a page", () => {
    const to = (location: string) => redirectTarget("http://chat.example.org/room", location);
    expect(to("https://chat.example.org/room/parlance.v1.ChatService/Login")).toBe(
      "https://chat.example.org/room",
    );
    expect(to("/sso?a=b")).toBe("http://chat.example.org/sso?a=b");
    expect(to("http://[")).toBe("http://[");
  });

  test("a message is one line, and of OpenSSL's the reason", () => {
    const openssl =
      "write EPROTO 40:error:0A00010B:SSL routines:tls_validate:wrong version number:../a.c:77:\n";
    expect(messageOf(new ConnectError(openssl, Code.Internal))).toBe("wrong version number");
    expect(messageOf(new Error("two\nlines\n"))).toBe("two lines");
  });
});

describe("a proxy at which the connection failed", () => {
  const failed = (cause: object) => new ConnectError("failed", Code.Unavailable, undefined, undefined, cause);
  const env = { HTTP_PROXY: "http://me:secret@127.0.0.1:3128", https_proxy: "http://proxy.test:8080" };

  test.each([
    [
      "refuses",
      "http://room.test",
      { code: "ECONNREFUSED", address: "127.0.0.1", port: 3128 },
      "HTTP_PROXY",
      0,
    ],
    ["is unknown", "https://room.test", { code: "ENOTFOUND", hostname: "proxy.test" }, "https_proxy", 0],
    [
      "makes no tunnel",
      "https://room.test",
      { code: "ERR_PROXY_TUNNEL", statusCode: 407 },
      "https_proxy",
      407,
    ],
    [
      "has the server's port",
      "http://10.0.0.1:3128",
      { code: "ECONNREFUSED", address: "127.0.0.1", port: 3128 },
      "HTTP_PROXY",
      0,
    ],
  ])("is named if it %s", (_what, server, cause, variable, status) => {
    const found = proxyFault(failed(cause), server, env);
    expect(found).toMatchObject({ variable, status });
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  test("is named if it asks for a login", () => {
    const error = new ConnectError("HTTP 407", Code.Unknown);
    expect(proxyFault(error, "http://room.test", env)).toMatchObject({ status: 407 });
    expect(proxyFault(error, "http://room.test", {})).toBeUndefined();
  });

  test.each([
    ["the server refuses", { code: "ECONNREFUSED", address: "10.0.0.1", port: 80 }],
    ["the server is unknown", { code: "ENOTFOUND", hostname: "room.test" }],
    ["the connection was lost", { code: "ECONNRESET" }],
  ])("is not named if %s", (_what, cause) => {
    expect(proxyFault(failed(cause), "http://room.test", env)).toBeUndefined();
  });
});
