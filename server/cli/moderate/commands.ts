import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { durationFromMs, type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import {
  AnnounceResponseSchema,
  type Ban,
  type BanRequestSchema,
  BanResponseSchema,
  CreateInviteResponseSchema,
  EraseResponseSchema,
  type Invite,
  KickResponseSchema,
  ListBansResponseSchema,
  ListInvitesResponseSchema,
  ListNicknamesResponseSchema,
  type ModerationService,
  MuteResponseSchema,
  type Registration,
  RevokeInviteResponseSchema,
  UnbanResponseSchema,
  UpdateNicknameResponseSchema,
  UpdateRoomResponseSchema,
} from "../../../gen/parlance/v1/moderation_service_pb.js";
import { Entry, type Room, Speaking } from "../../../gen/parlance/v1/room_pb.js";
import { Role } from "../../../gen/parlance/v1/user_pb.js";
import { ConfigError } from "../settings.js";
import { StartError } from "../start-error.js";
import { readDuration } from "../values.js";

/** Options of moderate beside those that say where the server is. */
export interface ModerateOptions {
  readonly erase?: string;
  readonly "spare-address"?: boolean;
  readonly for?: string;
  readonly note?: string;
  readonly title?: string;
  readonly entry?: string;
  readonly speaking?: string;
  readonly "slow-mode"?: string;
  readonly registration?: string;
  readonly motd?: string;
  readonly yes?: boolean;
}

/** What a command needs. */
export interface Invocation {
  readonly words: readonly string[];
  readonly options: ModerateOptions;
  readonly client: Client<typeof ModerationService>;
  /** Asks the operator; undefined if no one can be asked. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
}

/** What is printed: for people, or as JSON. */
export interface Outcome {
  readonly schema: DescMessage;
  readonly response: MessageShape<DescMessage>;
  readonly text: string;
}

export interface ModerateCommand {
  readonly usage: string;
  readonly help: string;
  /** Words that it takes, at least and at most. */
  readonly words: readonly [least: number, most: number];
  run(invocation: Invocation): Promise<Outcome>;
}

const MANY = Number.POSITIVE_INFINITY;
/** Networks with a shorter prefix are asked about. */
const WIDEST = { 4: 16, 6: 32 } as const;
const ENTRIES = ["OPEN", "INVITE", "REGISTERED"] as const;
const SPEAKING = ["EVERYONE", "REGISTERED", "MODERATORS"] as const;
const ROLES = { member: Role.UNSPECIFIED, moderator: Role.MODERATOR, owner: Role.OWNER } as const;

/** By name. */
export const commands: Readonly<Record<string, ModerateCommand>> = {
  owner: {
    usage: "owner NAME",
    help: "makes the owner of a registered nickname an owner of the room",
    words: [1, 1],
    run: ({ client, words: [name = ""] }) => setRole(client, name, Role.OWNER),
  },
  role: {
    usage: "role NAME member|moderator|owner",
    help: "gives the owner of a registered nickname a role",
    words: [2, 2],
    run: ({ client, words: [name = "", role = ""] }) => {
      const wanted = ROLES[role as keyof typeof ROLES];
      if (wanted === undefined) throw new ConfigError(`${JSON.stringify(role)} is no role`);
      return setRole(client, name, wanted);
    },
  },
  "new-secret": {
    usage: "new-secret NAME",
    help: "issues a new secret for a registered nickname, and ends its sessions",
    words: [1, 1],
    async run({ client, words: [nickname = ""] }) {
      const response = await client.updateNickname({ nickname, newSecret: true });
      return outcome(UpdateNicknameResponseSchema, response, `${response.secret}\n`);
    },
  },
  release: {
    usage: "release NAME",
    help: "ends the registration of a nickname",
    words: [1, 1],
    async run({ client, words: [nickname = ""] }) {
      const response = await client.updateNickname({ nickname, release: true });
      return outcome(UpdateNicknameResponseSchema, response, `${nickname} is no longer registered\n`);
    },
  },
  nicknames: {
    usage: "nicknames [PREFIX]",
    help: "lists the registered nicknames",
    words: [0, 1],
    async run({ client, words: [prefix = ""] }) {
      const found = await all(
        (pageToken) => client.listNicknames({ prefix, pageToken }),
        ({ registrations }) => registrations,
      );
      const response = { registrations: found };
      return outcome(ListNicknamesResponseSchema, response, table(found.map(registrationLine)));
    },
  },
  kick: {
    usage: "kick NAME [REASON]",
    help: "removes a member, who may come back",
    words: [1, MANY],
    async run({ client, options, words: [name = "", ...reason] }) {
      const request = { target: personOf(name), reason: reason.join(" "), ...erasing(options) };
      return outcome(KickResponseSchema, await client.kick(request), `${name} is removed\n`);
    },
  },
  ban: {
    usage: "ban NAME|NETWORK [DURATION] [REASON]",
    help: "keeps a person or a network out; a guest with its address",
    words: [1, MANY],
    run: ban,
  },
  bans: {
    usage: "bans",
    help: "lists the bans in force",
    words: [0, 0],
    async run({ client }) {
      const bans = await all(
        (pageToken) => client.listBans({ pageToken }),
        (page) => page.bans,
      );
      return outcome(ListBansResponseSchema, { bans }, table(bans.map(banLine)));
    },
  },
  unban: {
    usage: "unban ID",
    help: "lifts a ban",
    words: [1, 1],
    async run({ client, words: [id = ""] }) {
      return outcome(UnbanResponseSchema, await client.unban({ id }), `ban ${id} is lifted\n`);
    },
  },
  mute: {
    usage: "mute NAME DURATION [REASON]",
    help: "lets a member write to moderators only; 0s ends it",
    words: [2, MANY],
    async run({ client, words: [name = "", time = "", ...reason] }) {
      const duration = durationFromMs(durationOf(time));
      const response = await client.mute({ target: personOf(name), duration, reason: reason.join(" ") });
      const text =
        duration.seconds === 0n && duration.nanos === 0 ? "can speak again" : `is muted for ${time}`;
      return outcome(MuteResponseSchema, response, `${name} ${text}\n`);
    },
  },
  erase: {
    usage: "erase NAME DURATION [REASON]",
    help: "erases what a person sent in this time",
    words: [2, MANY],
    async run({ client, words: [name = "", time = "", ...reason] }) {
      const since = durationFromMs(durationOf(time));
      const response = await client.erase({ target: personOf(name), since, reason: reason.join(" ") });
      return outcome(EraseResponseSchema, response, `${response.erased} messages are erased\n`);
    },
  },
  announce: {
    usage: "announce TEXT",
    help: "sends an announcement to everyone in the room",
    words: [1, MANY],
    async run({ client, words }) {
      return outcome(AnnounceResponseSchema, await client.announce({ text: words.join(" ") }), "announced\n");
    },
  },
  invite: {
    usage: "invite [USES] [LIFETIME]",
    help: "issues an invite, by default for one login within 7d; 0 uses: any number",
    words: [0, 2],
    async run({ client, options, words }) {
      const time = words.find((word) => readDuration(word) !== undefined);
      const uses = words.find((word) => word !== time) ?? "1";
      if (!/^\d{1,9}$/.test(uses)) throw new ConfigError(`${JSON.stringify(uses)} is no number of uses`);
      const response = await client.createInvite({
        uses: Number(uses),
        nickname: options.for ?? "",
        note: options.note ?? "",
        ...(time !== undefined && { lifetime: durationFromMs(durationOf(time)) }),
      });
      return outcome(CreateInviteResponseSchema, response, `${response.code}\n`);
    },
  },
  invites: {
    usage: "invites",
    help: "lists the invites that can still be used",
    words: [0, 0],
    async run({ client }) {
      const invites = await all(
        (pageToken) => client.listInvites({ pageToken }),
        (page) => page.invites,
      );
      return outcome(ListInvitesResponseSchema, { invites }, table(invites.map(inviteLine)));
    },
  },
  revoke: {
    usage: "revoke ID",
    help: "makes an invite invalid",
    words: [1, 1],
    async run({ client, words: [id = ""] }) {
      return outcome(
        RevokeInviteResponseSchema,
        await client.revokeInvite({ id }),
        `invite ${id} is revoked\n`,
      );
    },
  },
  close: {
    usage: "close [DURATION]",
    help: "lets no new guests in, by default for 10m",
    words: [0, 1],
    run: ({ client, words: [time = "10m"] }) =>
      update(client, { closeFor: durationFromMs(durationOf(time)) }),
  },
  open: {
    usage: "open",
    help: "opens the door again",
    words: [0, 0],
    run: ({ client }) => update(client, { closeFor: durationFromMs(0) }),
  },
  room: {
    usage: "room [options]",
    help: "shows the room's settings, or changes them",
    words: [0, 0],
    run: ({ client, options }) => update(client, settingsOf(options)),
  },
};

async function ban({ client, options, ask, words }: Invocation): Promise<Outcome> {
  const [who = "", ...rest] = words;
  const time = rest[0] !== undefined && readDuration(rest[0]) !== undefined ? rest.shift() : undefined;
  const network = isNetwork(who) ? who : "";
  const wide = widthOf(network);
  if (wide !== undefined && !options.yes) {
    const isSure = await ask(`${who} has ${wide} addresses. Ban them all?`);
    if (isSure === undefined) throw new ConfigError(`${who} has ${wide} addresses; ban them with --yes`);
    if (!isSure) throw new StartError("nothing was banned");
  }
  const request: MessageInitShape<typeof BanRequestSchema> = {
    ...(network === "" && { target: personOf(who) }),
    network,
    reason: rest.join(" "),
    spareAddress: options["spare-address"] ?? false,
    allowWide: wide !== undefined,
    ...erasing(options),
    ...(time !== undefined && { duration: durationFromMs(durationOf(time)) }),
  };
  const response = await client.ban(request);
  const { id, nickname, network: banned } = response.ban!;
  const whom = [nickname, banned].filter((one) => one !== "").join(" and ");
  return outcome(BanResponseSchema, response, `${whom} ${nickname && banned ? "are" : "is"} banned: ${id}\n`);
}

async function setRole(client: Invocation["client"], nickname: string, role: Role): Promise<Outcome> {
  const response = await client.updateNickname({ nickname, role });
  const name = Object.entries(ROLES).find(([, one]) => one === role)?.[0];
  return outcome(
    UpdateNicknameResponseSchema,
    response,
    `${nickname} is ${name === "owner" ? "an" : "a"} ${name}\n`,
  );
}

type Settings = Parameters<Invocation["client"]["updateRoom"]>[0];

async function update(client: Invocation["client"], settings: Settings): Promise<Outcome> {
  const response = await client.updateRoom(settings);
  return outcome(UpdateRoomResponseSchema, response, describeRoom(response.room!));
}

function settingsOf(options: ModerateOptions): Settings {
  const { title, motd, entry, speaking, registration } = options;
  const slowMode = options["slow-mode"];
  return {
    ...(title !== undefined && { title }),
    ...(motd !== undefined && { motd }),
    ...(entry !== undefined && { entry: Entry[oneOf(ENTRIES, entry, "--entry")] }),
    ...(speaking !== undefined && { speaking: Speaking[oneOf(SPEAKING, speaking, "--speaking")] }),
    ...(slowMode !== undefined && { slowMode: durationFromMs(durationOf(slowMode)) }),
    ...(registration !== undefined && {
      registration: oneOf(["ON", "OFF"], registration, "--registration") === "ON",
    }),
  };
}

function oneOf<T extends string>(names: readonly T[], text: string, flag: string): T {
  const found = names.find((name) => name === text.toUpperCase());
  if (found) return found;
  throw new ConfigError(`${flag}: ${JSON.stringify(text)} is not ${names.join(", ").toLowerCase()}`);
}

/** `id:ID` is a person, anything else a nickname. */
function personOf(text: string) {
  if (text.startsWith("id:")) return { case: "userId", value: text.slice("id:".length) } as const;
  return { case: "nickname", value: text.replace(/^@/, "") } as const;
}

const isNetwork = (text: string) => /^[\d.]+\.\d+(\/\d+)?$|^[0-9a-f.]*:[0-9a-f:.]*(\/\d+)?$/i.test(text);

/** How many addresses a network has, if that is worth a question. */
function widthOf(network: string): string | undefined {
  const [address = "", length] = network.split("/");
  if (length === undefined) return undefined;
  const version = address.includes(":") ? 6 : 4;
  const bits = (version === 4 ? 32 : 128) - Number(length);
  if (Number(length) >= WIDEST[version]) return undefined;
  return bits <= 32 ? (2 ** bits).toLocaleString("en") : `2^${bits}`;
}

function durationOf(text: string): number {
  const ms = text === "0" ? 0 : readDuration(text);
  if (ms === undefined)
    throw new ConfigError(`${JSON.stringify(text)} is no duration, such as 10m, 1h or 7d`);
  return ms;
}

function erasing({ erase }: ModerateOptions) {
  return erase === undefined ? {} : { eraseSince: durationFromMs(durationOf(erase)) };
}

async function all<P extends { readonly nextPageToken: string }, T>(
  read: (pageToken: string) => Promise<P>,
  itemsOf: (page: P) => readonly T[],
): Promise<T[]> {
  const found: T[] = [];
  for (let pageToken = ""; ; ) {
    const page = await read(pageToken);
    found.push(...itemsOf(page));
    if (page.nextPageToken === "") return found;
    pageToken = page.nextPageToken;
  }
}

function outcome<S extends DescMessage>(schema: S, response: MessageInitShape<S>, text: string): Outcome {
  return { schema, response: response as MessageShape<DescMessage>, text };
}

const dateOf = (time: Timestamp | undefined) => (time ? timestampDate(time).toISOString() : "");

function banLine({ id, nickname, network, reason, until, moderator }: Ban): string[] {
  const whom = [nickname, network].filter((one) => one !== "").join(" ");
  return [
    id,
    whom,
    until ? `until ${dateOf(until)}` : "for ever",
    `by ${moderator || "the operator"}`,
    reason,
  ];
}

function inviteLine({ id, uses, used, nickname, note, expireTime, moderator }: Invite): string[] {
  const count = uses === 0 ? `${used} used` : `${used} of ${uses} used`;
  const whom = nickname === "" ? "" : `for ${nickname}`;
  return [id, count, `until ${dateOf(expireTime)}`, `by ${moderator || "the operator"}`, whom, note];
}

function registrationLine({ nickname, userId, role, lastSeenTime }: Registration): string[] {
  const name = Object.entries(ROLES).find(([, one]) => one === role)?.[0] ?? "member";
  return [nickname, name, `id:${userId}`, `last seen ${dateOf(lastSeenTime)}`];
}

function describeRoom({ title, entry, speaking, slowMode, registration, online, closedUntil }: Room): string {
  const rows = [
    ["title", title || "-"],
    ["entry", Entry[entry].toLowerCase()],
    ["speaking", Speaking[speaking].toLowerCase()],
    ["slow mode", slowMode ? `${Number(slowMode.seconds) + slowMode.nanos / 1e9} s` : "off"],
    ["registration", registration ? "on" : "off"],
    ["door", closedUntil ? `closed until ${dateOf(closedUntil)}` : "open"],
    ["online", `${online}`],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join("");
}

/** Columns for people; empty cells at the end are left out. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
