import { expect, test } from "vitest";
import { operator } from "./acting/target.js";
import { addressOf, openTestRoom } from "./test-room.js";

const page = { pageSize: 0, pageToken: "", prefix: "" };
const nothing = { role: undefined, newSecret: false, release: false };

async function openRegistered() {
  const opened = await openTestRoom();
  const { room } = opened;
  const register = (person: Awaited<ReturnType<typeof opened.join>>) =>
    room.registerNickname(person.member, { secret: "", requestId: "", token: person.token });
  const ada = await opened.join("ada", undefined, "192.0.2.1");
  const bob = await opened.join("bob", undefined, "192.0.2.2");
  const secrets = { ada: await register(ada), bob: await register(bob) };
  const acts = room.moderation;
  const update = (
    nickname: string,
    change: Partial<typeof nothing> | { role: "MODERATOR" | "OWNER" | null },
  ) => acts.updateNickname(operator, { nickname, ...nothing, ...change });
  return { ...opened, acts, ada, bob, secrets, register, update };
}

test("the operator makes an owner, who makes moderators, at once and over a restart", async () => {
  const opened = await openRegistered();
  const { acts, ada, bob, update } = opened;
  await update("ADA", { role: "OWNER" });
  expect(ada.member.person.role).toBe("OWNER");
  const owner = { ...ada.actor, role: "OWNER" } as const;
  await acts.updateNickname(owner, { nickname: "bob", ...nothing, role: "MODERATOR" });
  await acts.updateNickname(owner, { nickname: "bob", ...nothing, role: "MODERATOR" });
  expect(bob.member.isModerator).toBe(true);
  await expect(acts.updateNickname(owner, { nickname: "ada", ...nothing, role: null })).rejects.toMatchObject(
    { reason: "NOT_ALLOWED" },
  );
  await expect(
    acts.updateNickname(owner, { nickname: "carol", ...nothing, role: null }),
  ).rejects.toMatchObject({ reason: "USER_NOT_FOUND", detail: { field: "nickname" } });
  const moderator = { ...bob.actor, role: "MODERATOR" } as const;
  await expect(acts.listNicknames(moderator, page)).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
  const again = await opened.restart();
  const listed = await again.room.moderation.listNicknames(operator, page);
  expect(listed.items).toMatchObject([
    { nickname: "ada", userId: ada.member.id, role: "OWNER" },
    { nickname: "bob", userId: bob.member.id, role: "MODERATOR" },
  ]);
  const changed = await opened.events(bob.member);
  expect(changed.map(({ case: kind }) => kind)).toEqual(["moderated", "moderated"]);
  await update("bob", { role: null });
  expect(bob.member.isModerator).toBe(false);
});

test("the role that an owner gave to an identity from outside counts where the identity names none", async () => {
  const { room } = await openTestRoom();
  const update = (role: "MODERATOR" | null) =>
    room.moderation.updateNickname(operator, { nickname: "ada", ...nothing, role });
  const roleOf = async (role?: "OWNER") => {
    const identity = { id: "identity", nickname: "ada", ...(role && { role }) };
    return (await room.login({ nickname: "", identity })).member.person.role;
  };
  expect(await roleOf()).toBeUndefined();
  await update("MODERATOR");
  expect(await roleOf()).toBe("MODERATOR");
  expect(await roleOf("OWNER")).toBe("OWNER");
  expect(await roleOf()).toBe("MODERATOR");
  await update(null);
  expect(await roleOf()).toBeUndefined();
});

test("nicknames are listed by prefix and page by page", async () => {
  const opened = await openRegistered();
  const { acts, join, register } = opened;
  await register(await join("Adam", undefined, "192.0.2.3"));
  const all = (request: Partial<typeof page>) => acts.listNicknames(operator, { ...page, ...request });
  const names = async (request: Partial<typeof page>) =>
    (await all(request)).items.map(({ nickname }) => nickname);
  expect(await names({})).toEqual(["ada", "Adam", "bob"]);
  expect(await names({ prefix: "AD" })).toEqual(["ada", "Adam"]);
  const first = await all({ pageSize: 2 });
  expect(first.items).toHaveLength(2);
  const second = await all({ pageSize: 2, pageToken: first.nextPageToken });
  expect(second).toMatchObject({ items: [{ nickname: "bob" }], nextPageToken: "" });
  await expect(all({ pageToken: "!" })).rejects.toMatchObject({ detail: { field: "page_token" } });
});

test("a new secret ends the sessions and the old secret; a release leaves a guest", async () => {
  const { ada, bob, room, secrets, update } = await openRegistered();
  const secret = await update("bob", { newSecret: true });
  expect(bob.ended()).toBe("SESSION_EXPIRED");
  const enter = (given: string) => room.login({ nickname: "bob", secret: given });
  await expect(enter(secrets.bob)).rejects.toMatchObject({ reason: "SECRET_INVALID" });
  expect((await enter(secret)).member.id).toBe(bob.member.id);
  const release = { ...nothing, release: true };
  await expect(update("bob", { ...release, newSecret: true })).rejects.toMatchObject({
    detail: { field: "release" },
  });
  await update("ada", release);
  expect(ada.ended()).toBeUndefined();
  expect(ada.member.person).not.toHaveProperty("registered");
  await expect(update("ada", release)).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
});

test("the ban of a registered person is for the person and its look-alikes, from any address", async () => {
  const { acts, bob, room, secrets } = await openRegistered();
  const made = await acts.ban(operator, {
    userId: bob.member.id,
    nickname: "",
    reason: "",
    eraseSinceMs: 0,
    network: "",
    spareAddress: false,
    allowWide: false,
  });
  expect(made).toMatchObject({ nickname: "bob", network: "" });
  expect(bob.ended()).toBe("BANNED");
  const secret = secrets.bob;
  const refused = room.login({ nickname: "bob", secret, address: addressOf("8.8.8.8") });
  await expect(refused).rejects.toMatchObject({ reason: "BANNED" });
  await room.login({ nickname: "guest", address: addressOf("192.0.2.2") });
  await acts.unban(operator, made.id);
  await room.login({ nickname: "bob", secret });
});

test("the mute of a registered person outlasts its stays, and a restart", async () => {
  const opened = await openRegistered();
  const { acts, bob, room, secrets } = opened;
  await acts.mute(operator, { userId: "", nickname: "bob", durationMs: 3_600_000, reason: "" });
  await room.logout(bob.member);
  const { room: again } = await opened.restart();
  const { member } = await again.login({ nickname: "bob", secret: secrets.bob });
  await expect(again.broadcast(member, "hello", "")).rejects.toMatchObject({ reason: "MUTED" });
});
