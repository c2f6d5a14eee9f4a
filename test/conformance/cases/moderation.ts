import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { GoodbyeReason, ModerationAction } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { Entry, Speaking } from "../../../gen/parlance/v1/room_pb.js";
import { Role } from "../../../gen/parlance/v1/user_pb.js";
import type { Listener } from "../../support/people.js";
import { assertRefused, endOf, received, receivedMessage, receivedMove } from "../assertions.js";
import { MANY_CALLS_MS, testCase } from "../case.js";
import { onServerWithHooks } from "../servers.js";
import { byId, byName, type Staffed, seconds, staffed } from "../staff.js";

const notAllowed = { code: "PermissionDenied", reason: "NOT_ALLOWED" };
const invalid = (field: string) => ({ code: "InvalidArgument", reason: "REQUEST_INVALID", field });
const banned = { code: "PermissionDenied", reason: "BANNED" };
const muted = { code: "PermissionDenied", reason: "MUTED" };
const notFound = { code: "NotFound", reason: "USER_NOT_FOUND" };
const limited = { code: "ResourceExhausted", reason: "RATE_LIMITED" };
const registrationRequired = { code: "PermissionDenied", reason: "REGISTRATION_REQUIRED" };

const moderated = (feed: Listener, action: ModerationAction) =>
  received(feed, "moderated", (value) => value.action === action);
const hears = (feed: Listener, kind: string) =>
  feed.events.filter((event) => event.kind.case === kind).length;

/** Runs a check as a case, in a room with people of every role. */
function staffedCase(ids: string, title: string, check: (room: Staffed) => Promise<void>) {
  return testCase(ids, title, (target) => staffed(target, check), MANY_CALLS_MS);
}

async function back({ target, secret, moderator }: Staffed): Promise<string> {
  const { token } = await target.anonymous.login({ nickname: moderator.nickname, secret });
  return token;
}

export const moderationCases = [
  staffedCase(
    "MOD-1 MOD-2 LIM-21 KICK-1 KICK-2 BYE-13 EV-34 EV-48 EV-49 EV-51 EV-52 EV-53 EV-54 EV-55",
    "Kick ends sessions and feeds with REMOVED; moderators and the person learn who and why",
    async ({ target, owner, moderator, member, acts }) => {
      assert.ok(target.limits.features.includes(Feature.MODERATION));
      const own = await target.subscribe(member);
      const staff = await target.subscribe(owner);
      const bystander = await target.subscribe(await target.join());
      await acts.kick({ target: byId(member), reason: "flooding" }, moderator.options);
      const { error, goodbye } = await endOf(own);
      assert.deepEqual(error, { code: "PermissionDenied", reason: "NOT_ALLOWED" });
      assert.deepEqual([goodbye.reason, goodbye.reconnect], [GoodbyeReason.REMOVED, false]);
      const facts = { nickname: member.nickname, userId: member.id, reason: "flooding" };
      const shown = (await moderated(staff, ModerationAction.KICK)).kind.value;
      assert.deepEqual({ ...facts, moderator: moderator.nickname }, pick(shown));
      const told = (await moderated(own, ModerationAction.KICK)).kind.value;
      assert.deepEqual({ ...facts, moderator: "" }, pick(told));
      assert.equal((await receivedMove(bystander, "left", member.nickname)).kind.value.removed, true);
      assert.equal(hears(bystander, "moderated"), 0);
      await assertRefused(member.say("x"), { code: "Unauthenticated", reason: "NOT_LOGGED_IN" });
      await target.login(member.nickname);
    },
  ),
  staffedCase(
    "MOD-3 MOD-4 ERR-39 USER-14 NICK-16",
    "a role permits its RPCs, and acts only on lower ones",
    async ({ target, owner, moderator, member, acts }) => {
      await assertRefused(acts.kick({ target: byId(moderator) }, member.options), notAllowed);
      await assertRefused(acts.listBans({}, member.options), notAllowed);
      await assertRefused(acts.listNicknames({}, moderator.options), notAllowed);
      for (const [who, whom] of [
        [moderator, owner],
        [moderator, moderator],
        [owner, owner],
      ] as const) {
        await assertRefused(acts.kick({ target: byId(whom) }, who.options), notAllowed);
        await assertRefused(acts.ban({ target: byId(whom) }, who.options), notAllowed);
        const duration = seconds(60);
        await assertRefused(acts.mute({ target: byId(whom), duration }, who.options), notAllowed);
      }
      const demotion = acts.updateNickname(
        { nickname: owner.nickname, role: Role.UNSPECIFIED },
        owner.options,
      );
      await assertRefused(demotion, notAllowed);
      const toGuest = acts.updateNickname({ nickname: member.nickname, role: Role.MODERATOR }, owner.options);
      await assertRefused(toGuest, notFound);
      const { users } = await owner.chat.listUsers({ prefix: target.prefix }, owner.options);
      assert.equal(users.length, 3);
    },
  ),
  staffedCase(
    "MOD-8 MOD-9 MOD-11 MOD-12 MOD-13 KICK-3 BAN-8 BAN-12 MUTE-5 ERASE-3 NICK-4",
    "targets, reasons and durations are checked",
    async ({ target, moderator, owner, member, acts }) => {
      const { options } = moderator;
      const unknown = { case: "userId", value: "x".repeat(16) } as const;
      const free = { case: "nickname", value: target.nickname() } as const;
      await assertRefused(acts.kick({ target: unknown }, options), notFound);
      await assertRefused(acts.kick({ target: free }, options), notFound);
      await assertRefused(acts.ban({ target: unknown }, options), notFound);
      await assertRefused(acts.mute({ target: free, duration: seconds(1) }, options), notFound);
      await assertRefused(acts.erase({ target: free, since: seconds(1) }, options), notFound);
      const update = acts.updateNickname({ nickname: free.value, newSecret: true }, owner.options);
      await assertRefused(update, notFound);
      await assertRefused(acts.kick({}, options), invalid("target"));
      await assertRefused(acts.ban({}, options), invalid("target"));
      for (const reason of ["two\nlines", "x".repeat(257), "\u0007"])
        await assertRefused(acts.kick({ target: byId(member), reason }, options), invalid("reason"));
      for (const duration of [seconds(0), seconds(-1), seconds(3_651 * 86_400)])
        await assertRefused(acts.ban({ target: byId(member), duration }, options), invalid("duration"));
      await acts.kick({ target: { case: "nickname", value: member.nickname.toUpperCase() } }, options);
      await assertRefused(acts.kick({ target: byId(member) }, options), notFound);
    },
  ),
  staffedCase(
    "BAN-1 BAN-2 BAN-3 BAN-9 BAN-10 BAN-11 BAN-15 BAN-19 BAN-20 BAN-21 BAN-23 BAN-24 BAN-25 BAN-26 BYE-15 ERR-29 ERR-37 EV-56 EV-57 MOD-7",
    "a ban keeps a person out for its time or until it is lifted, and keeps its id when it is replaced",
    async ({ target, moderator, member, acts }) => {
      const { options } = moderator;
      const own = await target.subscribe(member);
      const staff = await target.subscribe(moderator);
      const { ban } = await acts.ban({ target: byId(member), reason: "spam", spareAddress: true }, options);
      assert.match(ban!.id, /^[a-z]{6}$/);
      assert.deepEqual(
        [ban!.nickname, ban!.network, ban!.moderator, ban!.until],
        [member.nickname, "", moderator.nickname, undefined],
      );
      const { error, goodbye, ...end } = await endOf(own);
      assert.deepEqual([error, goodbye.reason, goodbye.reconnect], [banned, GoodbyeReason.BANNED, false]);
      assert.deepEqual([end.detail?.reference, end.detail?.retryDelay], [ban!.id, undefined]);
      assert.ok(end.message.includes("spam"));
      assert.equal((await moderated(staff, ModerationAction.BAN)).kind.value.reference, ban!.id);
      const refusal = await assertRefused(target.login(member.nickname.toUpperCase()), banned);
      assert.deepEqual([refusal.detail?.reference, refusal.detail?.retryDelay], [ban!.id, undefined]);
      assert.ok(refusal.message.includes("spam"));
      const duration = seconds(3_600);
      const again = await acts.ban({ target: byName(member), duration, spareAddress: true }, options);
      assert.equal(again.ban?.id, ban!.id);
      assert.equal(timestampMs(again.ban!.until!) - timestampMs(again.ban!.time!), 3_600_000);
      const { detail } = await assertRefused(target.login(member.nickname), banned);
      assert.ok(Number(detail?.retryDelay?.seconds) > 3_500);
      const { bans } = await acts.listBans({}, options);
      assert.deepEqual(bans, [again.ban]);
      await acts.unban({ id: ban!.id.toUpperCase() }, options);
      await assertRefused(acts.unban({ id: ban!.id }, options), invalid("id"));
      await target.login(member.nickname);
      const short = await acts.ban(
        { target: byName(member), duration: seconds(1), spareAddress: true },
        options,
      );
      await target.wait(1_100);
      await target.login(member.nickname);
      assert.deepEqual((await acts.listBans({}, options)).bans, []);
      assert.ok(short.ban?.until);
    },
  ),
  staffedCase(
    "BAN-4 BAN-5 BAN-7 BAN-14 BAN-16 BAN-17 BAN-22",
    "a ban is for a nickname and its look-alikes, or for a network, which stops no moderator",
    async (room) => {
      const { target, moderator, acts, operator, owner } = room;
      const { options } = moderator;
      const digits = target.prefix.slice(1);
      const { ban } = await acts.ban({ target: { case: "nickname", value: `caxap${digits}` } }, options);
      await assertRefused(target.login(`сахар${digits}`), banned);
      await acts.unban({ id: ban!.id }, options);
      const own = await operator.ban({ target: byId(moderator) });
      assert.equal(own.ban?.network, "");
      await assertRefused(back(room), banned);
      await acts.unban({ id: own.ban!.id }, owner.options);
      await back(room);
      for (const network of ["0.0.0.0/0", "10.0.0.0/15", "2001::/31"])
        await assertRefused(acts.ban({ network }, owner.options), invalid("network"));
      await assertRefused(acts.ban({ network: "10.0.0" }, owner.options), invalid("network"));
      const wide = await acts.ban({ network: "127.0.0.1/8", allowWide: true }, owner.options);
      assert.equal(wide.ban?.network, "127.0.0.0/8");
      await assertRefused(target.login(), banned);
      await back(room);
    },
  ),
  staffedCase(
    "BAN-27 BAN-28 BAN-29 INV-16 INV-17 INV-18 INV-3 NICK-1 NICK-5 NICK-6 NICK-7 NICK-8 NICK-9 NICK-10 NICK-11 NICK-12 NICK-13",
    "bans, invites and nicknames are listed page by page",
    async ({ target, owner, moderator, acts }) => {
      const { options } = owner;
      const made: string[] = [];
      for (let i = 0; i < 3; i++)
        made.unshift((await acts.ban({ network: `192.0.2.${i}` }, options)).ban!.id);
      const first = await acts.listBans({ pageSize: 2 }, options);
      const rest = await acts.listBans({ pageSize: 2, pageToken: first.nextPageToken }, options);
      assert.equal(rest.nextPageToken, "");
      assert.deepEqual([...first.bans, ...rest.bans].map(({ id }) => id).sort(), made.sort());
      await assertRefused(acts.listBans({ pageToken: "!" }, options), invalid("page_token"));
      for (let i = 0; i < 3; i++) await acts.createInvite({ note: `${i}` }, options);
      const page = await acts.listInvites({ pageSize: 2 }, options);
      const last = await acts.listInvites({ pageSize: 2, pageToken: page.nextPageToken }, options);
      const notes = [...page.invites, ...last.invites].map(({ note }) => note);
      assert.deepEqual([notes.sort(), last.nextPageToken], [["0", "1", "2"], ""]);
      const prefix = target.prefix.toUpperCase();
      const one = await acts.listNicknames({ prefix, pageSize: 1 }, options);
      const two = await acts.listNicknames({ prefix, pageToken: one.nextPageToken }, options);
      const found = [...one.registrations, ...two.registrations];
      assert.deepEqual(
        found.map(({ nickname, userId, role }) => [nickname, userId, role]),
        [
          [owner.nickname, owner.id, Role.OWNER],
          [moderator.nickname, moderator.id, Role.MODERATOR],
        ],
      );
      for (const { registeredTime, lastSeenTime } of found) assert.ok(registeredTime && lastSeenTime);
      assert.deepEqual((await acts.listNicknames({ prefix: "zzz" }, options)).registrations, []);
    },
  ),
  staffedCase(
    "MUTE-1 MUTE-2 MUTE-3 MUTE-4 MUTE-6 ERR-38 ST-19 BC-14 EV-50",
    "who is muted knows it, and writes to moderators only",
    async ({ target, owner, moderator, member, acts }) => {
      const own = await target.subscribe(member);
      const staff = await target.subscribe(owner);
      const { options } = moderator;
      const mute = (count: number) =>
        acts.mute({ target: byId(member), duration: seconds(count), reason: "calm" }, options);
      await assertRefused(acts.mute({ target: byId(member) }, options), invalid("duration"));
      await mute(3_600);
      await mute(60);
      const { detail } = await assertRefused(member.say("x"), muted);
      assert.ok(Number(detail?.retryDelay?.seconds) <= 60);
      await assertRefused(member.sendTo(member.nickname, "x"), muted);
      await member.sendTo(moderator.nickname, "why?");
      assert.equal((await moderated(own, ModerationAction.MUTE)).kind.value.reason, "calm");
      await mute(0);
      await mute(0);
      await member.say("thanks");
      await receivedMessage(staff, "thanks");
      const actions = staff.events.flatMap(({ kind }) =>
        kind.case === "moderated" ? [kind.value.action] : [],
      );
      assert.equal(actions.filter((action) => action === ModerationAction.UNMUTE).length, 1);
      await mute(60);
      await member.chat.logout({}, member.options);
      await (await target.login(member.nickname)).say("a new stay");
    },
  ),
  staffedCase(
    "ANN-1 ANN-2 ANN-3 ANN-4 ANN-5 ANN-6 ANN-7 ANN-8 ANN-9 EV-38 EV-39 ROOM-4 ROOM-5",
    "an announcement reaches those who ignore messages, once, and slow mode does not apply",
    async ({ target, owner, moderator, member, acts }) => {
      const { options } = moderator;
      await acts.updateRoom({ slowMode: seconds(60) }, options);
      await member.chat.toggleIgnore({ ignoring: true }, member.options);
      const own = await target.subscribe(member);
      const first = await acts.announce({ text: "supper", requestId: "r1" }, options);
      const again = await acts.announce({ text: "supper", requestId: "r1" }, options);
      assert.deepEqual(
        [again.id, again.cursor, again.time, again.duplicate, first.duplicate],
        [first.id, first.cursor, first.time, true, false],
      );
      await acts.announce({ text: "now" }, options);
      const event = await received(own, "announcement", ({ text }) => text === "supper");
      assert.deepEqual([event.id, event.cursor, event.time], [first.id, first.cursor, first.time]);
      await received(own, "announcement", ({ text }) => text === "now");
      assert.equal(hears(own, "announcement"), 2);
      await assertRefused(acts.announce({ text: " " }, options), {
        code: "InvalidArgument",
        reason: "TEXT_INVALID",
      });
      const guest = await target.login();
      await guest.say("one");
      const { detail } = await assertRefused(guest.say("two"), limited);
      assert.ok(Number(detail?.retryDelay?.seconds) > 50);
      await moderator.say("one");
      await moderator.say("two");
      assert.ok(owner.id);
    },
  ),
  staffedCase(
    "INV-1 INV-2 INV-4 INV-5 INV-6 INV-7 INV-8 INV-9 INV-10 INV-11 INV-12 INV-13 INV-14 INV-15 INV-19 LOGIN-20",
    "an invite admits as many guests as it says, until it expires or is revoked",
    async ({ target, owner, moderator, acts }) => {
      const { options } = moderator;
      await acts.updateRoom({ entry: Entry.INVITE }, owner.options);
      const enter = (invite: string, nickname = target.nickname(), requestId = "") =>
        target.anonymous.login({ nickname, invite, requestId });
      const wrong = { code: "PermissionDenied", reason: "INVITE_INVALID", field: "invite" };
      const { code, invite } = await acts.createInvite({ uses: 1, note: "for zoe" }, options);
      assert.match(code, /^[\x20-\x7e]{1,64}$/);
      assert.match(invite!.id, /^[a-z]{6}$/);
      assert.equal(timestampMs(invite!.expireTime!) - timestampMs(invite!.time!), 7 * 86_400_000);
      assert.deepEqual([invite!.moderator, invite!.note, invite!.used], [moderator.nickname, "for zoe", 0]);
      const nickname = target.nickname();
      const { user } = await enter(code, nickname, "0123456789abcdef");
      assert.equal((await enter(code, nickname, "0123456789abcdef")).user?.id, user?.id);
      await assertRefused(enter(code), wrong);
      assert.deepEqual((await acts.listInvites({}, options)).invites, []);
      const name = target.nickname();
      const forOne = await acts.createInvite({ nickname: name, lifetime: seconds(60) }, options);
      await assertRefused(enter(forOne.code), wrong);
      await enter(forOne.code, name.toUpperCase());
      assert.equal((await acts.listInvites({}, options)).invites[0]?.used, 1);
      await acts.revokeInvite({ id: forOne.invite!.id.toUpperCase() }, options);
      await assertRefused(acts.revokeInvite({ id: forOne.invite!.id }, options), invalid("id"));
      await assertRefused(acts.createInvite({ nickname: owner.nickname }, options), {
        code: "AlreadyExists",
        reason: "NICKNAME_REGISTERED",
      });
      await assertRefused(acts.createInvite({ nickname: "a b" }, options), {
        code: "InvalidArgument",
        reason: "NICKNAME_INVALID",
      });
      await assertRefused(acts.createInvite({ note: "two\nlines" }, options), invalid("note"));
      const short = await acts.createInvite({ lifetime: seconds(1) }, options);
      await target.wait(1_100);
      await assertRefused(enter(short.code), wrong);
    },
  ),
  staffedCase(
    "UPD-1 UPD-2 UPD-3 UPD-4 UPD-5 UPD-6 UPD-7 UPD-8 UPD-9 UPD-10 UPD-11 UPD-12 EV-59 EV-60 ROOM-8 ROOM-14 ROOM-15 ROOM-16",
    "owners change the room, moderators who speaks, how fast, and the door",
    async ({ target, owner, moderator, member, acts }) => {
      await member.chat.toggleIgnore({ ignoring: true }, member.options);
      const own = await target.subscribe(member);
      await assertRefused(
        acts.updateRoom({ title: "x", slowMode: seconds(1) }, moderator.options),
        notAllowed,
      );
      for (const [request, field] of [
        [{ title: "x".repeat(129) }, "title"],
        [{ entry: Entry.EXTERNAL }, "entry"],
        [{ slowMode: seconds(3_601) }, "slow_mode"],
        [{ motd: "x".repeat(4_097) }, "motd"],
        [{ closeFor: seconds(31 * 86_400) }, "close_for"],
      ] as const)
        await assertRefused(
          acts.updateRoom({ registration: false, ...request }, owner.options),
          invalid(field),
        );
      const { room } = await acts.updateRoom(
        { title: "Tea", motd: "hi", registration: false },
        owner.options,
      );
      assert.deepEqual([room?.title, room?.registration, room?.entry], ["Tea", false, Entry.OPEN]);
      const shown = await received(own, "roomChanged", (value) => value.room?.title === "Tea");
      assert.equal(shown.kind.value.room?.registration, false);
      await acts.updateRoom({ motd: "hello" }, owner.options);
      assert.equal((await target.anonymous.login({ nickname: target.nickname() })).motd, "hello");
      const closed = await acts.updateRoom({ closeFor: seconds(60) }, moderator.options);
      assert.ok(closed.room?.closedUntil);
      await received(own, "roomChanged", (value) => value.room?.closedUntil !== undefined);
      assert.equal(hears(own, "roomChanged"), 2);
      await assertRefused(target.login(), registrationRequired);
      await member.chat.toggleIgnore({ ignoring: false }, member.options);
      await member.say("I am in");
      await acts.updateRoom({ closeFor: seconds(0), speaking: Speaking.REGISTERED }, moderator.options);
      await assertRefused(member.say("x"), registrationRequired);
      await member.sendTo(moderator.nickname, "may I?");
      await acts.updateRoom({ speaking: Speaking.MODERATORS }, moderator.options);
      await assertRefused(member.say("x"), notAllowed);
      await moderator.say("quiet");
    },
  ),
  staffedCase(
    "NICK-2 NICK-3 NICK-14 NICK-15 NICK-17 NICK-19 NICK-20",
    "owners give roles, new secrets and names free, at once",
    async ({ target, owner, moderator, acts, secret }) => {
      const { nickname } = moderator;
      const feed = await target.subscribe(owner);
      const session = await target.subscribe(moderator);
      const { options } = owner;
      await acts.updateNickname({ nickname: nickname.toUpperCase(), role: Role.UNSPECIFIED }, options);
      await received(feed, "userChanged", ({ user }) => user?.id === moderator.id && user.role === 0);
      await assertRefused(acts.listBans({}, moderator.options), notAllowed);
      const both = acts.updateNickname({ nickname, release: true, newSecret: true }, options);
      await assertRefused(both, invalid("release"));
      const fresh = await acts.updateNickname({ nickname, newSecret: true }, options);
      assert.equal((await endOf(session)).goodbye.reason, GoodbyeReason.SESSION_EXPIRED);
      const enter = (given: string) => target.anonymous.login({ nickname, secret: given });
      await assertRefused(enter(secret), { code: "PermissionDenied", reason: "SECRET_INVALID" });
      assert.equal((await enter(fresh.secret)).user?.id, moderator.id);
      assert.equal((await acts.updateNickname({ nickname, release: true }, options)).secret, "");
      await received(feed, "userChanged", ({ user }) => user?.id === moderator.id && !user.registered);
    },
  ),
];

moderationCases.push(
  testCase(
    "MOD-5 MOD-6 MUTE-3",
    "what moderators did holds over a restart, and is in the log",
    (target) =>
      staffed(
        target,
        async ({ target: own, owner, moderator, acts, operator }) => {
          const { options } = owner;
          const name = own.nickname();
          await acts.ban({ target: { case: "nickname", value: name } }, options);
          await operator.mute({ target: byId(moderator), duration: seconds(3_600) });
          await acts.updateRoom({ title: "Tea" }, options);
          await own.hook("restart");
          await assertRefused(own.login(name), banned);
          await assertRefused(moderator.say("x"), muted);
          assert.equal((await own.anonymous.getRoom({})).room?.title, "Tea");
          const { events } = await owner.chat.listEvents({ pageSize: 500 }, options);
          const done = events.flatMap(({ kind }) => (kind.case === "moderated" ? [kind.value.action] : []));
          const { BAN, MUTE, UPDATE_ROOM } = ModerationAction;
          assert.deepEqual(done.slice(-3), [BAN, MUTE, UPDATE_ROOM]);
        },
        onServerWithHooks,
      ),
    MANY_CALLS_MS,
  ),
);

function pick({
  nickname,
  userId,
  reason,
  moderator,
}: Record<"nickname" | "userId" | "reason" | "moderator", string>) {
  return { nickname, userId, reason, moderator };
}
