import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { isLoggedOut, isTransient, refusalOf, SessionEnded, unreachableCode } from "./errors.js";
import type { EndReason } from "./event.js";
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
