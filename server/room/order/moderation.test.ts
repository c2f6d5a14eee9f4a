import { expect, test } from "vitest";
import { operator } from "./acting/target.js";
import { addressOf, openTestRoom, type Person, type TestRoom } from "./test-room.js";

const target = (nickname: string) => ({ userId: "", nickname });
const kick = (nickname: string, eraseSinceMs = 0) => ({ ...target(nickname), reason: "flood", eraseSinceMs });
const ban = (nickname: string, more = {}) => ({
  ...kick(nickname),
  network: "",
  spareAddress: false,
  allowWide: false,
  ...more,
});
const page = { pageSize: 0, pageToken: "" };
const notAllowed = { reason: "NOT_ALLOWED" };
const banned = (reference: string) => ({ reason: "BANNED", detail: { reference } });

/** An owner, a moderator and a guest. */
async function openStaffedRoom() {
  const opened = await openTestRoom();
  const ada = await opened.join("ada", "OWNER", "192.0.2.1");
  const bob = await opened.join("bob", "MODERATOR", "192.0.2.2");
  const mallory = await opened.join("mallory");
  return { ...opened, ada, bob, mallory, acts: opened.room.moderation };
}

const kindsOf = async (opened: Pick<TestRoom, "events">, { member }: Person) =>
  (await opened.events(member)).map(({ case: kind }) => kind);

test("a kick ends the feeds with REMOVED; the room, the moderators and the person learn of it", async () => {
  const opened = await openStaffedRoom();
  const { acts, ada, bob, mallory, room, store, seen } = opened;
  await acts.kick(bob.actor, kick("MALLORY"));
  expect(mallory.ended()).toBe("REMOVED");
  expect(mallory.member.stage).toBe("gone");
  const facts = { nickname: "mallory", userId: mallory.member.id, reason: "flood" };
  expect(await opened.events(ada.member)).toMatchObject([
    { case: "moderated", value: { ...facts, action: 1, moderator: "bob" } },
  ]);
  expect(await opened.events(mallory.member)).toMatchObject([
    { case: "moderated", value: { ...facts, action: 1, moderator: "" } },
  ]);
  const left = (await store.log.read(null, 100)).entries.at(-1)!;
  expect(left.data[1]).toBe(2);
  expect((await room.login({ nickname: "mallory" })).member.id).not.toBe(mallory.member.id);
  expect(seen.filter(({ kind }) => kind === "moderated")).toEqual([
    {
      kind: "moderated",
      action: "KICK",
      moderator: bob.member.id,
      target: mallory.member.id,
      reference: "",
      erased: 0,
    },
  ]);
});

test("no one acts on an equal, a superior or itself, and a member on no one", async () => {
  const { acts, ada, bob, mallory, join } = await openStaffedRoom();
  const carol = await join("carol", "MODERATOR");
  for (const [actor, nickname] of [
    [bob, "bob"],
    [bob, "carol"],
    [bob, "ada"],
    [ada, "ada"],
    [mallory, "ada"],
    [mallory, "mallory"],
  ] as const) {
    const who = actor.actor;
    await expect(acts.kick(who, kick(nickname))).rejects.toMatchObject(notAllowed);
    await expect(acts.ban(who, ban(nickname))).rejects.toMatchObject(notAllowed);
    const mute = { ...target(nickname), reason: "", durationMs: 1_000 };
    await expect(acts.mute(who, mute)).rejects.toMatchObject(notAllowed);
    const erase = { ...target(nickname), reason: "", sinceMs: 1_000 };
    await expect(acts.erase(who, erase)).rejects.toMatchObject(notAllowed);
  }
  // A look-alike of a superior's nickname bans the superior.
  await join("ace", "OWNER");
  await expect(acts.ban(bob.actor, ban("асе"))).rejects.toMatchObject(notAllowed);
  const bans = await acts.listBans(bob.actor, page);
  expect(bans.items).toEqual([]);
  await acts.kick(ada.actor, kick("bob"));
  await acts.kick(operator, kick("ada"));
  expect([ada.ended(), bob.ended(), carol.ended(), mallory.ended()]).toEqual([
    "REMOVED",
    "REMOVED",
    undefined,
    undefined,
  ]);
});

test("a member does nothing of moderation", async () => {
  const { acts, mallory } = await openStaffedRoom();
  const { actor, member } = mallory;
  for (const call of [
    acts.unban(actor, "bakedo"),
    acts.listBans(actor, page),
    acts.announce(actor, member, { text: "hear me", requestId: "" }),
    acts.createInvite(actor, { uses: 1, nickname: "", note: "" }),
    acts.listInvites(actor, page),
    acts.revokeInvite(actor, "bakedo"),
    acts.updateRoom(actor, { slowModeMs: 1_000 }),
  ])
    await expect(call).rejects.toMatchObject(notAllowed);
});

test("a guest is banned by nickname, look-alike and address, over a restart, until it is lifted", async () => {
  const opened = await openStaffedRoom();
  const { acts, bob, join } = opened;
  const coco = await join("coco");
  const made = await acts.ban(bob.actor, ban("coco"));
  expect(made).toMatchObject({ nickname: "coco", network: "203.0.113.7/32", moderator: "bob" });
  expect(coco.ended()).toBe("BANNED");
  const { room } = await opened.restart();
  const enter = (nickname: string, ip: string) => room.login({ nickname, address: addressOf(ip) });
  await expect(enter("Coco", "198.51.100.1")).rejects.toMatchObject(banned(made.id));
  await expect(enter("СОСО", "198.51.100.1")).rejects.toMatchObject(banned(made.id));
  await expect(enter("someone", "203.0.113.7")).rejects.toMatchObject(banned(made.id));
  await enter("someone", "203.0.113.8");
  const listed = await room.moderation.listBans(operator, page);
  expect(listed.items).toEqual([made]);
  await room.moderation.unban(operator, made.id.toUpperCase());
  await enter("coco", "203.0.113.7");
  await expect(room.moderation.unban(operator, made.id)).rejects.toMatchObject({
    reason: "REQUEST_INVALID",
    detail: { field: "id" },
  });
});

test("a second ban of the same target replaces the first and keeps its id; a ban ends by itself", async () => {
  const { acts, bob, clock, room } = await openStaffedRoom();
  const first = await acts.ban(bob.actor, ban("mallory", { durationMs: 1_000, spareAddress: true }));
  expect(first.network).toBe("");
  clock.advance(500);
  const second = await acts.ban(bob.actor, ban("mallory", { durationMs: 60_000, spareAddress: true }));
  expect(second.id).toBe(first.id);
  expect(second.time).toBe(first.time + 500);
  await expect(room.login({ nickname: "mallory" })).rejects.toMatchObject({
    detail: { reference: first.id, because: "flood", retryDelayMs: 60_000 },
  });
  clock.advance(60_000);
  await room.login({ nickname: "mallory" });
  expect((await acts.listBans(bob.actor, page)).items).toEqual([]);
});

test("neither exempt addresses nor this host's are banned along with a guest", async () => {
  const { acts, bob, login } = await openStaffedRoom();
  await login("local", "127.0.0.1");
  expect((await acts.ban(bob.actor, ban("local"))).network).toBe("");
  const exempt = await login("exempt", "127.0.0.1");
  exempt.seenAt({ ip: "10.0.0.1", budget: "" });
  expect((await acts.ban(bob.actor, ban("exempt"))).network).toBe("");
  await login("six", "2001:db8:1:2:3:4:5:6");
  expect((await acts.ban(bob.actor, ban("six"))).network).toBe("2001:db8:1:2::/64");
});

test("a network ban ends the stays of guests from there, not of moderators; a wide one is refused unasked", async () => {
  const { acts, ada, bob, mallory, join, room } = await openStaffedRoom();
  const other = await join("other", undefined, "203.0.114.1");
  const wide = { reason: "REQUEST_INVALID", detail: { field: "network", rule: "wide" } };
  for (const network of ["0.0.0.0/0", "203.0.0.0/15", "::/0", "2001::/31"])
    await expect(acts.ban(bob.actor, ban("", { network }))).rejects.toMatchObject(wide);
  await expect(acts.ban(bob.actor, ban("", { network: "203.0.113" }))).rejects.toMatchObject({
    detail: { field: "network", rule: "unreadable" },
  });
  const made = await acts.ban(bob.actor, ban("", { network: "203.0.113.99/24" }));
  expect(made).toMatchObject({ nickname: "", network: "203.0.113.0/24" });
  expect([mallory.ended(), other.ended()]).toEqual(["BANNED", undefined]);
  await acts.ban(bob.actor, ban("", { network: "0.0.0.0/0", allowWide: true }));
  expect([ada.ended(), bob.ended(), other.ended()]).toEqual([undefined, undefined, "BANNED"]);
  await expect(room.login({ nickname: "new", address: addressOf("8.8.8.8") })).rejects.toMatchObject({
    reason: "BANNED",
  });
});

test("a nickname that no one has is banned as such; an unknown id is not found", async () => {
  const { acts, bob, room } = await openStaffedRoom();
  const made = await acts.ban(bob.actor, ban("oscar"));
  await expect(room.login({ nickname: "oscar" })).rejects.toMatchObject(banned(made.id));
  const unknown = { ...ban(""), userId: "nobody" };
  await expect(acts.ban(bob.actor, unknown)).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
  await expect(acts.kick(bob.actor, kick("oscar"))).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
  await expect(acts.ban(bob.actor, ban(""))).rejects.toMatchObject({ detail: { field: "target" } });
  await expect(acts.ban(bob.actor, ban("two words"))).rejects.toMatchObject({
    detail: { field: "nickname" },
  });
});

test("a session from a banned address is refused from then on", async () => {
  const { acts, bob, room } = await openStaffedRoom();
  const { token } = await room.login({ nickname: "mover", address: addressOf("198.51.100.1") });
  const made = await acts.ban(bob.actor, ban("", { network: "198.51.100.2" }));
  await room.authenticate(token, addressOf("198.51.100.1"));
  await expect(room.authenticate(token, addressOf("198.51.100.2"))).rejects.toMatchObject(banned(made.id));
});

test("who is muted writes to moderators alone, and it ends by time, by a moderator, or with a guest's stay", async () => {
  const opened = await openStaffedRoom();
  const { acts, bob, mallory, clock, room, store } = opened;
  const carol = await opened.join("carol");
  const say = () => room.broadcast(mallory.member, "hello", "");
  const whisper = (recipient: string) =>
    room.sendTo(mallory.member, { recipient, recipientId: "", text: "hi", requestId: "" });
  const mute = (durationMs: number) => ({ ...target("mallory"), reason: "cool down", durationMs });
  await acts.mute(bob.actor, mute(60_000));
  const refusal = { reason: "MUTED", detail: { retryDelayMs: 60_000, because: "cool down" } };
  await expect(say()).rejects.toMatchObject(refusal);
  await expect(whisper("carol")).rejects.toMatchObject(refusal);
  await whisper("bob");
  expect(await opened.events(mallory.member)).toMatchObject([
    { case: "moderated", value: { action: 4, moderator: "" } },
    { case: "privateMessage" },
  ]);
  clock.advance(60_000);
  await say();
  await acts.mute(bob.actor, mute(60_000));
  await acts.mute(bob.actor, mute(0));
  await acts.mute(bob.actor, mute(0));
  await say();
  expect((await kindsOf(opened, bob)).filter((kind) => kind === "moderated")).toHaveLength(3);
  await acts.mute(bob.actor, mute(60_000));
  await room.logout(mallory.member);
  await expect(store.values.get(`mute:${mallory.member.id}`)).resolves.toBeNull();
  expect(carol.ended()).toBeUndefined();
});

test("slow mode, and speaking for some alone, hold for members and not towards moderators", async () => {
  const { acts, ada, bob, mallory, clock, room } = await openStaffedRoom();
  const say = (requestId = "") => room.broadcast(mallory.member, "hello", requestId);
  const ask = () =>
    room.sendTo(mallory.member, { recipient: "ada", recipientId: "", text: "may I?", requestId: "" });
  await acts.updateRoom(bob.actor, { slowModeMs: 10_000 });
  await say("first");
  clock.advance(4_000);
  await expect(say()).rejects.toMatchObject({
    reason: "RATE_LIMITED",
    detail: { rule: "slow_mode", retryDelayMs: 6_000 },
  });
  expect((await say("first")).duplicate).toBe(true);
  await ask();
  await room.broadcast(bob.member, "one", "");
  await room.broadcast(bob.member, "two", "");
  clock.advance(10_000);
  const both = await Promise.allSettled([say(), say()]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await acts.updateRoom(bob.actor, { slowModeMs: 0, speaking: "REGISTERED" });
  await expect(say()).rejects.toMatchObject({ reason: "REGISTRATION_REQUIRED" });
  await ask();
  await acts.updateRoom(ada.actor, { speaking: "MODERATORS" });
  await expect(say()).rejects.toMatchObject(notAllowed);
  await room.broadcast(bob.member, "quiet please", "");
  await acts.updateRoom(ada.actor, { speaking: "EVERYONE" });
  await say();
});

test("the room's settings are for owners, but for who speaks, how fast, and the door", async () => {
  const opened = await openStaffedRoom();
  const { acts, ada, bob, clock, room } = opened;
  for (const request of [
    { title: "x" },
    { entry: "INVITE" },
    { registration: false },
    { motd: "x" },
  ] as const)
    await expect(acts.updateRoom(bob.actor, { ...request, slowModeMs: 1_000 })).rejects.toMatchObject(
      notAllowed,
    );
  expect(room.state.slowModeMs).toBe(0);
  for (const [request, field] of [
    [{ entry: "EXTERNAL" }, "entry"],
    [{ title: "two\nlines" }, "title"],
    [{ title: "x".repeat(129) }, "title"],
    [{ slowModeMs: 3_600_001 }, "slow_mode"],
    [{ slowModeMs: -1 }, "slow_mode"],
    [{ closeForMs: 30 * 86_400_000 + 1 }, "close_for"],
    [{ motd: "x".repeat(4_097) }, "motd"],
  ] as const)
    await expect(acts.updateRoom(ada.actor, { ...request, registration: false })).rejects.toMatchObject({
      reason: "REQUEST_INVALID",
      detail: { field },
    });
  expect(room.state.registration).toBe(true);
  await acts.updateRoom(ada.actor, { title: "The Room", motd: "be kind" });
  await acts.updateRoom(ada.actor, { title: "The Room" });
  await acts.updateRoom(ada.actor, { motd: "be kinder" });
  const closed = await acts.updateRoom(bob.actor, { closeForMs: 60_000 });
  expect(closed).toMatchObject({ title: "The Room", closedUntil: clock.now() + 60_000 });
  await acts.updateRoom(bob.actor, { closeForMs: 0 });
  await acts.updateRoom(bob.actor, { closeForMs: 0 });
  expect(room.state).not.toHaveProperty("closedUntil");
  expect(await kindsOf(opened, ada)).toEqual([
    "moderated",
    "roomChanged",
    "moderated",
    "moderated",
    "roomChanged",
    "moderated",
    "roomChanged",
  ]);
  const again = await opened.restart();
  expect(again.room.state).toMatchObject({ title: "The Room", motd: "be kinder", entry: "OPEN" });
});

test("an announcement reaches those who ignore group messages, once", async () => {
  const opened = await openStaffedRoom();
  const { acts, bob, mallory, room } = opened;
  await room.toggleIgnore(mallory.member, true, "");
  const request = { text: "supper", requestId: "r1" };
  const first = await acts.announce(bob.actor, bob.member, request);
  const again = await acts.announce(bob.actor, bob.member, request);
  expect(again).toEqual({ ...first, duplicate: true });
  await acts.announce(operator, undefined, { text: "from above", requestId: "" });
  const reused = acts.announce(bob.actor, bob.member, { text: "dinner", requestId: "r1" });
  await expect(reused).rejects.toMatchObject({ detail: { field: "request_id", rule: "reused" } });
  expect((await opened.events(mallory.member)).map(({ case: kind }) => kind)).toEqual([
    "ignoreChanged",
    "announcement",
    "announcement",
  ]);
  expect((await kindsOf(opened, bob)).filter((kind) => kind === "moderated")).toHaveLength(2);
});

test("an invite is used once for each Login, by its nickname alone, until it is used up, over or revoked", async () => {
  const opened = await openStaffedRoom();
  const { acts, bob, clock, room, store } = opened;
  const invites = () => acts.listInvites(bob.actor, page).then(({ items }) => items);
  const { invite, code } = await acts.createInvite(bob.actor, {
    uses: 2,
    nickname: "",
    note: "for the class",
  });
  expect(invite.expires).toBe(clock.now() + 7 * 86_400_000);
  const stored = await store.values.get(`invite:${invite.id}`);
  expect(new TextDecoder().decode(stored!.value)).not.toContain(code);
  const name = (shown: string) => ({ shown, key: shown, skeleton: shown });
  const { invites: used } = room.order;
  expect(await used.use("wrong", name("x"), "l0")).toBeUndefined();
  const one = await used.use(code, name("x"), "l1");
  await used.use(code, name("x"), "l1");
  expect(await invites()).toMatchObject([{ used: 1, note: "for the class" }]);
  await one!.undo();
  await one!.undo();
  expect(await invites()).toMatchObject([{ used: 0 }]);
  await Promise.all(["l2", "l3"].map((login) => used.use(code, name("x"), login)));
  expect(await invites()).toEqual([]);
  expect(await used.use(code, name("x"), "l4")).toBeUndefined();
  expect(await used.use(code, name("x"), "l3")).toBeDefined();
  const forOne = await acts.createInvite(bob.actor, {
    uses: 0,
    nickname: "Zoe",
    note: "",
    lifetimeMs: 1_000,
  });
  expect(await used.use(forOne.code, name("yve"), "l5")).toBeUndefined();
  expect(await used.use(forOne.code, name("zoe"), "l5")).toBeDefined();
  clock.advance(1_000);
  expect(await used.use(forOne.code, name("zoe"), "l6")).toBeUndefined();
  const revoked = await acts.createInvite(bob.actor, { uses: 0, nickname: "", note: "" });
  await acts.revokeInvite(bob.actor, revoked.invite.id);
  expect(await used.use(revoked.code, name("x"), "l7")).toBeUndefined();
  await expect(acts.revokeInvite(bob.actor, revoked.invite.id)).rejects.toMatchObject({
    detail: { field: "id" },
  });
});
