import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { refused } from "../../support/people.js";
import { assertRefused, receivedMessage } from "../assertions.js";
import { MANY_CALLS_MS, testCase } from "../case.js";
import { onServer } from "../servers.js";
import type { Target } from "../target.js";

/** Ample for the header fields that clients set by themselves. */
const OWN_HEADER_BYTES = 1_500;
const OWN_HEADER_FIELDS = 24;
/** Ample for the encoding of a request around its text. */
const ENVELOPE_BYTES = 200;

/** A call with additional header fields. */
async function callWith(target: Target, headers: Record<string, string>): Promise<unknown> {
  return target.anonymous.help({ command: "ls" }, { headers });
}

/** Fields of together about this many bytes, each well below the limit of a single one. */
function fieldsOf(bytes: number): Record<string, string> {
  const [size, fields] = [1_000, {} as Record<string, string>];
  for (let left = bytes, i = 0; left > 0; left -= size, i++)
    fields[`x-fill-${i}`] = "y".repeat(Math.min(size, left));
  return fields;
}

export const limitCases = [
  testCase("LOGIN-9", "Login returns plausible limits", async ({ limits, heartbeatMs, graceMs }) => {
    const { messagesPerSecond, messageBurst, heartbeatInterval, grace, features, ...positive } = limits;
    for (const [name, limit] of Object.entries(positive))
      if (typeof limit === "number") assert.ok(limit > 0, name);
    assert.ok(messageBurst > 0 || messagesPerSecond === 0);
    assert.ok(heartbeatMs > 0 && graceMs >= 0);
  }),
  testCase("HELLO-2 HELLO-4 LIM-8", "hello carries the limits that Login returned", async (target) => {
    const feed = await target.subscribe(await target.login());
    const [hello] = feed.items;
    assert.ok(hello?.kind.case === "hello");
    assert.deepEqual(hello.kind.value.limits, target.limits);
  }),
  testCase(
    "LIM-17",
    "features are listed once each, in ascending order",
    async ({ limits: { features } }) => {
      assert.ok(!features.includes(Feature.UNSPECIFIED));
      const sorted = [...new Set(features)].sort((a, b) => a - b);
      assert.deepEqual([...features], sorted);
    },
  ),
  testCase(
    "BC-4 LIM-5 LIM-6 ERR-6 ERR-19",
    "messages above the rate limit are refused, retries are not",
    (target) =>
      onServer(target, "a server with a low rate limit", ["--rate", "5", "--burst", "2"], async (limited) => {
        const ada = await limited.login();
        const feed = await limited.subscribe(ada);
        assert.deepEqual([limited.limits.messagesPerSecond, limited.limits.messageBurst], [5, 2]);
        const id = crypto.randomUUID();
        await ada.say("one", id);
        await ada.say("two");
        const { detail } = await assertRefused(ada.say("three"), {
          code: "ResourceExhausted",
          reason: "RATE_LIMITED",
        });
        assert.equal((await ada.say("one", id)).duplicate, true);
        assert.ok(detail?.retryDelay);
        await limited.wait(durationMs(detail.retryDelay));
        await ada.say("four");
        await receivedMessage(feed, "four");
        assert.ok(!feed.summary().includes(`${ada.nickname}: three`));
      }),
  ),
  testCase(
    "SUB-8 SUB-12 LE-7 LIM-7 LIM-12",
    "a backlog or page_size above the maximum means that maximum",
    (target) =>
      onServer(target, "a room with many events", [], async (busy) => {
        const { maxBacklog, maxPageSize } = busy.limits;
        const ada = await busy.login();
        const count = Math.max(maxBacklog, maxPageSize) + 5;
        await Promise.all(Array.from({ length: count }, (_, i) => ada.say(`${i}`)));
        const feed = await busy.subscribe(ada, { backlog: count });
        assert.equal(feed.events.length, maxBacklog);
        const { events } = await ada.chat.listEvents({ pageSize: count }, ada.options);
        assert.equal(events.length, maxPageSize);
      }),
    MANY_CALLS_MS,
  ),
  testCase("LU-3 LIM-12", "ListUsers with a page_size above the maximum is not refused", async (target) => {
    const ada = await target.join();
    const pageSize = target.limits.maxPageSize + 1;
    const { users } = await ada.chat.listUsers({ prefix: ada.nickname, pageSize }, ada.options);
    assert.deepEqual(
      users.map(({ id }) => id),
      [ada.id],
    );
  }),
  testCase("LIM-14 ERR-3", "a request of the maximum length is read, a longer one is not", async (target) => {
    const ada = await target.login();
    const { maxRequestBytes } = target.limits;
    const read = await refused(ada.say("x".repeat(maxRequestBytes - ENVELOPE_BYTES)));
    assert.deepEqual([read.code, read.reason], ["InvalidArgument", "TEXT_INVALID"]);
    const unread = await refused(ada.say("x".repeat(maxRequestBytes)));
    assert.deepEqual([unread.code, unread.reason], ["ResourceExhausted", undefined]);
  }),
  testCase(
    "LIM-15",
    "header fields up to the maximum length are accepted, longer ones are not",
    async (target) => {
      const { maxHeaderBytes } = target.limits;
      await callWith(target, fieldsOf(maxHeaderBytes - OWN_HEADER_BYTES));
      await refused(callWith(target, fieldsOf(maxHeaderBytes)));
      await callWith(target, {});
    },
  ),
  testCase("LIM-16", "header fields up to the maximum number are accepted, more are not", async (target) => {
    const { maxHeaderFields } = target.limits;
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-field-${i}`, "y"]));
    await callWith(target, fields(maxHeaderFields - OWN_HEADER_FIELDS));
    await refused(callWith(target, fields(maxHeaderFields + 1)));
    await callWith(target, {});
  }),
  testCase("LIM-14", "a compressed request is measured after decompression", async (target) => {
    const { url, limits } = target;
    const { token } = await target.login();
    const codeOf = async (length: number) => {
      const response = await fetch(`${url}/${ChatService.typeName}/Broadcast`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-encoding": "gzip",
          authorization: `Bearer ${token}`,
        },
        body: gzipSync(JSON.stringify({ text: "x".repeat(length) })),
      });
      return ((await response.json()) as { code: string }).code;
    };
    assert.equal(await codeOf(limits.maxRequestBytes - ENVELOPE_BYTES), "invalid_argument");
    assert.equal(await codeOf(limits.maxRequestBytes), "resource_exhausted");
  }),
];
