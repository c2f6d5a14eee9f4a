/** The dialogs before an action of a moderator, and the request that is made of what was entered. */
import type { Given } from "../../chat/input/arguments.js";
import type { MenuWords } from "../words.js";
import { ask, type Field, type Filled, type Question } from "./dialog.js";
import type { PersonAction } from "./items.js";

type Asked = Extract<PersonAction, "mute" | "kick" | "ban" | "erase">;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Of a reason: the server's limit is in bytes. */
const MAX_REASON = 100;

/** Asks about an action on a person, whom the dialog names. Resolves with what to do, or null. */
export async function askAbout(
  host: HTMLElement,
  action: Asked,
  nickname: string,
  words: MenuWords,
): Promise<Given | null> {
  const filled = await ask(host, questionOf(action, nickname, words));
  return filled && givenOf(nickname, filled);
}

function givenOf(nickname: string, { forMs = "", reason = "" }: Filled): Given {
  return {
    name: nickname,
    ...(forMs !== "" && { forMs: Number(forMs) }),
    ...(reason.trim() !== "" && { rest: reason.trim() }),
  };
}

function questionOf(action: Asked, nickname: string, { dialog, web, duration }: MenuWords): Question {
  const { cancel } = web;
  const times = (...all: readonly number[]) => all.map((ms) => [String(ms), duration(ms)] as const);
  const reason: Field = { kind: "text", name: "reason", label: dialog.reason, maxLength: MAX_REASON };
  const forTime = (...options: readonly (readonly [string, string])[]): Field => ({
    ...{ kind: "select", name: "forMs", label: dialog.forTime, options },
  });
  const always = { cancel, isHarsh: true };
  switch (action) {
    case "mute": {
      const options = [...times(10 * MINUTE, HOUR, DAY, 7 * DAY), ["0", dialog.unmute] as const];
      return {
        ...always,
        title: dialog.mute(nickname),
        fields: [forTime(...options), reason],
        does: dialog.muteDo,
      };
    }
    case "kick":
      return {
        ...always,
        title: dialog.kick(nickname),
        hint: dialog.kickHint,
        fields: [reason],
        does: dialog.kickDo,
      };
    case "ban": {
      const options = [...times(HOUR, DAY, 7 * DAY), ["", dialog.endless] as const];
      return {
        ...always,
        title: dialog.ban(nickname),
        fields: [forTime(...options), reason],
        does: dialog.banDo,
      };
    }
    case "erase": {
      const options = times(10 * MINUTE, HOUR, DAY);
      return {
        ...always,
        title: dialog.erase(nickname),
        hint: dialog.eraseHint,
        fields: [{ kind: "select", name: "forMs", label: dialog.since, options }],
        does: dialog.eraseDo,
      };
    }
  }
}

/** Asks for how many and for how long an invite is. */
export async function askInvite(
  host: HTMLElement,
  { dialog, web, duration }: MenuWords,
): Promise<Given | null> {
  const { cancel } = web;
  const filled = await ask(host, {
    title: dialog.invite,
    fields: [
      {
        ...{ kind: "select", name: "uses", label: dialog.uses },
        options: [1, 5, 0].map((uses) => [String(uses), dialog.usesOf(uses)]),
      },
      {
        ...{ kind: "select", name: "forMs", label: dialog.forTime },
        options: [7 * DAY, DAY, 30 * DAY].map((ms) => [String(ms), duration(ms)]),
      },
    ],
    does: dialog.inviteDo,
    cancel,
  });
  return filled && { count: Number(filled.uses), forMs: Number(filled.forMs) };
}
