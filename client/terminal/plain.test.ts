import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import { zhCN } from "../i18n/zh-CN.js";
import { createPlainWriter, type PlainWriter } from "./plain.js";
import { useZone } from "./test-zone.js";

useZone("Asia/Shanghai");

class FakePipe extends EventEmitter {
  text = "";
  writableNeedDrain = false;
  write(text: string) {
    this.text += text;
    return true;
  }
}

const at = Date.parse("2026-11-22T10:05:12.345Z");
let stdout: FakePipe;
let stderr: FakePipe;
let events: string[];
let plain: PlainWriter;

beforeEach(() => {
  stdout = new FakePipe();
  stderr = new FakePipe();
  events = [];
  plain = createPlainWriter({
    words: zhCN,
    stdout,
    stderr,
    onClosed: () => events.push("closed"),
    onError: (error) => events.push(error.message),
  });
});

describe("plain lines", () => {
  it("contain local time, names and words, and nothing else", () => {
    plain.show({ kind: "welcome", at, nickname: "小明", online: 4 });
    plain.show({
      kind: "message",
      at,
      sender: "小明",
      registered: false,
      bot: false,
      text: "大家好",
      own: true,
      live: true,
    });
    plain.show({
      kind: "private",
      at,
      sender: "小明",
      registered: false,
      bot: false,
      recipient: "alice",
      text: "在吗",
      direction: "out",
      live: true,
    });
    expect(stdout.text).toBe(
      [
        "2026-11-22T18:05:12+08:00 * 小明 进来了，现在 4 人在线",
        "2026-11-22T18:05:12+08:00 小明: 大家好",
        "2026-11-22T18:05:12+08:00 [私聊] 小明 -> alice: 在吗",
        "",
      ].join("\n"),
    );
  });

  it("indent later rows by four, so that none poses as a line of its own", () => {
    const text = "a\n2026-11-22T18:05:12+08:00 bob: no\x1b[31m\u2028c";
    plain.show({
      kind: "message",
      at,
      sender: "eve\nbob",
      registered: false,
      bot: false,
      text,
      own: false,
      live: true,
    });
    expect(stdout.text).toBe(
      "2026-11-22T18:05:12+08:00 eve bob: a\n    2026-11-22T18:05:12+08:00 bob: no\n    c\n",
    );
  });

  it("send the state of the connection to stderr, so that stdout has what happened in the room", () => {
    plain.show({ kind: "problem", at, problem: { what: "connection_lost" } });
    plain.show({ kind: "resumed", at, missed: false });
    plain.show({ kind: "offline", at, offlineMs: 65_000, count: 2 });
    plain.show({ kind: "trimmed", at, offlineMs: null });
    plain.show({ kind: "store_replaced", at });
    plain.show({ kind: "log_went_back", at });
    plain.show({ kind: "goodbye", at, reason: "SHUTTING_DOWN" });
    expect(stdout.text).toBe("");
    const rows = stderr.text.trimEnd().split("\n");
    expect(rows).toHaveLength(7);
    // In a pipe nothing is typed, so there is no advice about it.
    expect(rows.slice(0, 2)).toEqual([
      "2026-11-22T18:05:12+08:00 ! 连接断开，正在重连",
      "2026-11-22T18:05:12+08:00 * 已恢复连接，没有漏掉消息",
    ]);
  });

  it("send problems to stderr", () => {
    plain.show({ kind: "problem", at, problem: { what: "nickname_space" } });
    expect([stdout.text, stderr.text]).toEqual(["", "! 昵称里不能有空格\n"]);
  });
});

describe("a closed or slow stdout", () => {
  it("is no failure, and nothing more is written", () => {
    stdout.emit("error", Object.assign(new Error("broken"), { code: "EPIPE" }));
    stdout.emit("error", Object.assign(new Error("broken"), { code: "EPIPE" }));
    plain.write("more");
    expect([events, stdout.text]).toEqual([["closed"], ""]);
  });

  it.each(["EOF", "ECONNRESET", "ERR_STREAM_DESTROYED"])(
    "is the same as %s, of Windows or of a socket",
    (code) => {
      stdout.emit("error", Object.assign(new Error("broken"), { code }));
      expect(events).toEqual(["closed"]);
    },
  );

  it("is distinguished from a real failure", () => {
    stdout.emit("error", Object.assign(new Error("disk full"), { code: "ENOSPC" }));
    expect(events).toEqual(["disk full"]);
  });

  it("applies backpressure", async () => {
    await expect(plain.ready()).resolves.toBeUndefined();
    stdout.writableNeedDrain = true;
    let ready = false;
    const waiting = plain.ready().then(() => {
      ready = true;
    });
    await Promise.resolve();
    expect(ready).toBe(false);
    stdout.emit("drain");
    await waiting;
    expect(ready).toBe(true);
    expect(stdout.eventNames()).toEqual(["error"]);
  });

  it("does not block once it is closed", async () => {
    stdout.writableNeedDrain = true;
    const waiting = plain.ready();
    stdout.emit("close");
    await expect(waiting).resolves.toBeUndefined();
  });
});
