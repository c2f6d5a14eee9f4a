/** What commands do to the reader's nickname, to messages, and to others: registration, redaction, moderation. */
import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Ban, Invite } from "../../gen/parlance/v1/moderation_service_pb.js";
import { newRequestId } from "../session/login.js";
import { isSame, nameKey, type Person } from "../session/person.js";
import type { Session } from "../session/session.js";
import { type Given, isWide } from "./input/arguments.js";
import type { Actions } from "./input/commands.js";
import type { Line, ListedBan, Problem } from "./line.js";
import { actProblem } from "./problem.js";
import type { Recent, State } from "./state.js";

/** Keeps secrets that the server made. */
export interface SecretStore {
  /** Returns whether it is kept. */
  keep(nickname: string, secret: string): boolean;
  forget(nickname: string): void;
}

export interface ActsOptions {
  readonly session: Session;
  readonly state: () => State;
  readonly show: (line: Line) => void;
  readonly secrets: SecretStore | undefined;
  /** Whether the reader can confirm what cannot be undone; otherwise only wide bans are asked about. */
  readonly asks: boolean;
}

type Question = Extract<Problem, { what: "confirm_redact" | "confirm_ban" | "confirm_unregister" }>;
type Done = Promise<Problem | null>;

/** What /erase and /close mean without a duration, ms. */
const DEFAULT_ERASE_MS = 600_000;
const DEFAULT_CLOSE_MS = 600_000;
/** Bans that /bans lists. */
const MAX_BANS = 1_000;

/** The actions behind those commands. What they change arrives on the feed and is shown from there. */
export class Acts {
  readonly #options: ActsOptions;
  /** What the input before this one, and this one, asked about. */
  #asked = "";
  #asks = "";
  #meantPerson: Person | null = null;
  #confirmed = false;

  constructor(options: ActsOptions) {
    this.#options = options;
  }

  /**
   * Called for each input: a question is confirmed by the very next one, or not at all. `person`: whom the input meant when
   * it was typed; `confirmed`: whether the reader has been asked elsewhere.
   */
  nextInput(person: Person | null, confirmed = false): void {
    this.#meantPerson = person;
    this.#confirmed = confirmed;
    this.#asked = this.#asks;
    this.#asks = "";
  }

  /** Whom the input meant when it was typed. */
  get meantPerson(): Person | null {
    return this.#meantPerson;
  }

  register: Actions["register"] = (chosen) =>
    this.#attempt("/register", "", async ({ session, secrets, show }) => {
      const { secret, user } = await session.register(chosen);
      const nickname = user?.nickname ?? session.self.nickname;
      const kept = secret !== "" && (secrets?.keep(nickname, secret) ?? false);
      // A secret from before no longer admits anyone.
      if (secret === "") secrets?.forget(nickname);
      show({ kind: "registered", at: Date.now(), nickname, secret, kept });
    });

  unregister: Actions["unregister"] = async () => {
    const { session, secrets, asks } = this.#options;
    const { nickname } = session.self;
    const question: Question = { what: "confirm_unregister", nickname, kept: "none" };
    if (asks && !this.#isConfirmed(question)) return question;
    return this.#attempt("/unregister", "", async () => {
      await session.unregister();
      secrets?.forget(nickname);
    });
  };

  redact: Actions["redact"] = async (given) => {
    const { session, asks, show } = this.#options;
    // Pointed at, and not meant by its place.
    const { id: chosen } = given;
    if (chosen !== undefined)
      return this.#attempt("/redact", "", async () => void (await session.redact([chosen])));
    const found = this.#meant(given);
    if (!found) return { what: "nothing_to_redact", nickname: given.name ?? null };
    const { id, sender, text, at } = found;
    const message = { nickname: isSame(session.self, sender) ? null : sender.nickname, text, at };
    const question: Question = { what: "confirm_redact", message, kept: "none" };
    if (asks && !this.#isConfirmed(question, id)) return question;
    if (!asks) show({ kind: "redacting", at: Date.now(), message });
    return this.#attempt("/redact", "", async () => void (await session.redact([id])));
  };

  kick: Actions["kick"] = ({ name = "", rest: reason = "" }) => {
    const request = { target: this.#target(name), reason: oneLine(reason) };
    return this.#moderate("/kick", name, (client, options) => client.kick(request, options));
  };

  ban: Actions["ban"] = async ({ name = "", network = "", forMs, rest = "" }) => {
    const allowWide = isWide(network);
    const question: Question = { what: "confirm_ban", network, kept: "none" };
    if (allowWide && !this.#isConfirmed(question)) return question;
    const reason = oneLine(rest);
    const lasts = forMs === undefined ? {} : { duration: durationFromMs(forMs) };
    const target = name === "" ? {} : { target: this.#target(name) };
    return this.#moderate("/ban", name || network, (client, options) =>
      client.ban({ ...target, network, reason, allowWide, ...lasts }, options),
    );
  };

  listBans: Actions["listBans"] = () =>
    this.#attempt("/bans", "", async ({ session, show }) => {
      const bans: ListedBan[] = [];
      let pageToken = "";
      do {
        const page = await session.moderate((client, options) =>
          client.listBans({ pageSize: MAX_BANS - bans.length, pageToken }, options),
        );
        bans.push(...page.bans.map(listed));
        pageToken = page.bans.length > 0 ? page.nextPageToken : "";
      } while (pageToken !== "" && bans.length < MAX_BANS);
      show({ kind: "bans", at: Date.now(), bans });
    });

  unban: Actions["unban"] = async (id) => {
    const problem = await this.#moderate("/unban", "", (client, options) => client.unban({ id }, options));
    // The only request that can be wrong here is for a ban that there is not.
    return problem?.what === "refused" ? { what: "no_such_ban", id } : problem;
  };

  mute: Actions["mute"] = ({ name = "", forMs = 0, rest = "" }) => {
    const reason = oneLine(rest);
    const request = { target: this.#target(name), duration: durationFromMs(forMs), reason };
    return this.#moderate("/mute", name, (client, options) => client.mute(request, options));
  };

  erase: Actions["erase"] = ({ name = "", forMs = DEFAULT_ERASE_MS }) => {
    const request = { target: this.#author(name), since: durationFromMs(forMs) };
    return this.#moderate("/erase", name, (client, options) => client.erase(request, options));
  };

  announce: Actions["announce"] = (text) => {
    const requestId = newRequestId();
    return this.#moderate("/announce", "", (client, options) =>
      client.announce({ text, requestId }, options),
    );
  };

  invite: Actions["invite"] = ({ count: uses = 1, forMs }) =>
    this.#attempt("/invite", "", async ({ session, show }) => {
      const lifetime = forMs === undefined ? {} : { lifetime: durationFromMs(forMs) };
      const { invite, code } = await session.moderate((client, options) =>
        client.createInvite({ uses, ...lifetime }, options),
      );
      const at = Date.now();
      show({ kind: "invite", at, code, uses, forMs: lifetimeMs(invite) ?? forMs ?? 0 });
    });

  close: Actions["close"] = ({ forMs = DEFAULT_CLOSE_MS }) =>
    this.#moderate("/close", "", (client, options) =>
      client.updateRoom({ closeFor: durationFromMs(forMs) }, options),
    );

  /** Who had the nickname when it was typed, as far as it was known here: another one may have it by now. */
  #target(name: string) {
    return targetOf(this.#idOf(name), name);
  }

  /** The same, or who sent the latest message under it: a guest that has left is found by its id alone. */
  #author(name: string) {
    const { recent } = this.#options.state();
    const key = nameKey(name);
    const latest = recent.findLast(({ sender }) => nameKey(sender.nickname) === key);
    return targetOf(this.#idOf(name) || (latest?.sender.id ?? ""), name);
  }

  #idOf(name: string): string {
    const key = nameKey(name);
    const meant = this.#meantPerson;
    if (meant && nameKey(meant.nickname) === key && meant.id !== "") return meant.id;
    return this.#options.state().people.get(key)?.id ?? "";
  }

  #meant({ name, count = 1 }: Given): Recent | undefined {
    const { session, state } = this.#options;
    const isMeant = ({ sender }: Recent) =>
      name === undefined ? isSame(session.self, sender) : nameKey(sender.nickname) === nameKey(name);
    return state().recent.filter(isMeant).at(-count);
  }

  #isConfirmed(question: Question, more = ""): boolean {
    const key = JSON.stringify([question, more]);
    if (this.#confirmed || this.#asked === key) return true;
    this.#asks = key;
    return false;
  }

  async #moderate(command: string, person: string, make: Parameters<Session["moderate"]>[0]): Done {
    const meant = this.#idOf(person);
    const problem = await this.#attempt(
      command,
      person,
      async ({ session }) => void (await session.moderate(make)),
    );
    if (problem?.what !== "no_such_person") return problem;
    const now = this.#options.state().people.get(nameKey(person));
    const isAnother = meant !== "" && now !== undefined && now.id !== meant;
    return isAnother ? { what: "another_target", nickname: person, kept: "none" } : problem;
  }

  async #attempt(command: string, person: string, act: (options: ActsOptions) => Promise<void>): Done {
    try {
      await act(this.#options);
      return null;
    } catch (error) {
      return actProblem(error, command, person);
    }
  }
}

function targetOf(id: string, name: string) {
  return id === "" ? ({ case: "nickname", value: name } as const) : ({ case: "userId", value: id } as const);
}

/** Reasons have one line. */
const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

function listed({ id, nickname, network, reason, until, moderator }: Ban): ListedBan {
  const forMs = until ? Math.max(0, timestampMs(until) - Date.now()) : null;
  return { id, nickname, network, forMs, moderator, reason };
}

/** By the server's clock alone. */
function lifetimeMs(invite: Invite | undefined): number | undefined {
  const { time, expireTime } = invite ?? {};
  return time && expireTime ? timestampMs(expireTime) - timestampMs(time) : undefined;
}
