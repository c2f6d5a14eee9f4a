import { expect, test } from "vitest";
import type { Problem } from "../../chat/line.js";
import type { LoginQuestion } from "../../chat/problem.js";
import type { Room } from "../../session/room.js";
import { fieldsFor } from "./fields.js";

interface Given {
  readonly entry?: Room["entry"];
  readonly closedForMs?: number;
  readonly question?: LoginQuestion;
  readonly problem?: Problem;
  readonly wantsSecret?: boolean;
}

const NOW = 1_000_000;

/** The fields that are shown, and the kind of what is to be known before. */
function shown({ entry = "OPEN", closedForMs, question = "nickname", problem, wantsSecret = false }: Given) {
  const closedUntilMs = closedForMs === undefined ? null : NOW + closedForMs;
  const room: Room = {
    ...{ title: "", entry, speaking: "EVERYONE", slowModeMs: 0, registration: true, closedUntilMs },
  };
  const fields = fieldsFor(
    { room, features: ["REGISTRATION"], question, problem: problem ?? null },
    wantsSecret,
    NOW,
  );
  const names = (["nickname", "secret", "invite", "offersSecret"] as const).filter((name) => fields[name]);
  return [...names, ...(fields.notice ? [fields.notice.kind] : [])].join(" ");
}

test.each<[string, Given, string]>([
  ["an open room", {}, "nickname offersSecret"],
  ["one where the reader has registered", { wantsSecret: true }, "nickname secret"],
  ["a registered nickname", { question: "secret" }, "nickname secret"],
  ["a room with invites", { entry: "INVITE" }, "nickname invite offersSecret"],
  ["a room that asks for one since it was looked at", { question: "invite" }, "nickname invite offersSecret"],
  ["a room for registered nicknames", { entry: "REGISTERED" }, "nickname secret registered_only"],
  ["a closed room", { closedForMs: 1 }, "nickname secret closed"],
  ["a room that was closed", { closedForMs: 0 }, "nickname offersSecret"],
  ["a room of an application", { entry: "EXTERNAL" }, "external"],
  ["one that refuses callers from elsewhere", { entry: "EXTERNAL", problem: { what: "external_only" } }, ""],
  [
    "one whose name for the person is taken",
    { entry: "EXTERNAL", problem: { what: "nickname_taken", nickname: "ada", suggestion: "ada_2" } },
    "nickname",
  ],
])("%s asks for what it needs", (_, given, expected) => {
  expect(shown(given)).toBe(expected);
});

test("a room of which nothing is known is asked for with a nickname alone", () => {
  const out = { room: null, features: [], question: "nickname", problem: null } as const;
  expect(fieldsFor(out, false, NOW)).toEqual({
    ...{ nickname: true, secret: false, invite: false, offersSecret: false, notice: null },
  });
});
