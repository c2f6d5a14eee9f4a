import { inspect } from "node:util";
import { expect, test } from "vitest";
import { ConfigError } from "./cli/settings.js";
import { listenError, StartError } from "./cli/start-error.js";
import { SqliteError } from "./engines/sqlite/database.js";
import { StoreRefused } from "./engines/store-refused.js";
import { FeedEnded } from "./feed/signals.js";
import { Refusal } from "./room/errors.js";
import { Fenced, PositionLost, Unavailable } from "./room/ports.js";

const cause = Object.assign(new Error("disk I/O error"), { errcode: 10 | (3 << 8) });
const resume = { epoch: "e", seq: 7 };
const why = { cause };

test.each<[Error, string, Error?]>([
  [new PositionLost("trimmed", resume, why), "PositionLost: trimmed; reading can go on after 7", cause],
  [new PositionLost("future", resume), "PositionLost: future; reading can go on after 7"],
  [new PositionLost("epoch", resume), "PositionLost: epoch; reading can go on after 7"],
  [new Fenced(), "Fenced: the caller no longer holds the name or its lease"],
  [new Fenced("the lease has ended", why), "Fenced: the lease has ended", cause],
  [new Unavailable("not-applied"), "Unavailable: not applied"],
  [new Unavailable("not-applied", cause), "Unavailable: not applied: disk I/O error", cause],
  [new Unavailable("unknown"), "Unavailable: outcome unknown"],
  [new Unavailable("unknown", cause), "Unavailable: outcome unknown: disk I/O error", cause],
  [new StoreRefused("room.db is damaged", why), "StoreRefused: room.db is damaged", cause],
  [new SqliteError(cause), "SqliteError: disk I/O error", cause],
  [new Refusal("ROOM_FULL", {}, why), "Refusal: ROOM_FULL", cause],
  [new Refusal("TEXT_INVALID", { rule: "too_long" }), "Refusal: TEXT_INVALID: too_long"],
  [new FeedEnded("TOO_SLOW", why), "FeedEnded: the server ended the feed: TOO_SLOW", cause],
  [new ConfigError("--rate: too high", why), "ConfigError: --rate: too high", cause],
  [new StartError("the store cannot be opened", why), "StartError: the store cannot be opened", cause],
  [listenError(cause, "[::1]:1", "--listen"), "StartError: cannot listen on [::1]:1: disk I/O error", cause],
])("%s", (error, text, from) => {
  expect(String(error)).toBe(text);
  expect(error.stack?.split("\n")[0]).toBe(text);
  expect(error.cause).toBe(from);
  expect(inspect(error).includes("[cause]")).toBe(from !== undefined);
  expect(Object.keys(error)).not.toContain("name");
});
