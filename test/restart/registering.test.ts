import { describe, expect, test } from "vitest";
import { type Person, refused } from "../support/people.js";
import { graceMs, openRoomInFile, type RoomInFile } from "./room-in-file.js";

const starts = [
  ["a restart", (room: RoomInFile) => room.restart()],
  ["kill -9", (room: RoomInFile) => room.crash()],
] as const;

const register = async (person: Person) => (await person.chat.registerNickname({}, person.options)).secret;

/** Logs in with a secret. */
async function enter(room: RoomInFile, anyone: Person, nickname: string, secret: string) {
  const { token, user, leftCursor } = await anyone.chat.login({ nickname, secret });
  return { ...room.back({ nickname, id: user!.id, token }), user: user!, leftCursor };
}

describe.each(starts)("across %s", (_, again) => {
  test("a nickname stays registered, and a message to its absent owner is not lost", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const secret = await register(ada);
    await ada.chat.logout({}, ada.options);
    await bob.sendTo("ada", "before");
    await again(room);
    const at = room.back(bob);
    expect(await refused(at.chat.login({ nickname: "ada" }))).toMatchObject({
      reason: "NICKNAME_REGISTERED",
    });
    expect(await at.sendTo("ada", "after")).toMatchObject({ stored: true });
    const back = await enter(room, at, "ada", secret);
    expect(back.id).toBe(ada.id);
    const feed = back.listen({ after: back.leftCursor });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual([
      "hello",
      "+bob",
      "userChanged",
      "-ada",
      "bob -> ada: before",
      "bob -> ada: after",
      "+ada",
      "caughtUp",
    ]);
  });

  test("a member that is in the room remains registered, and its messages say so", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    await register(ada);
    await again(room);
    const watching = room.back(bob).listen();
    await watching.next("caughtUp");
    const at = room.back(ada);
    await at.say("still mine");
    expect((await watching.next("groupMessage")).kind.value).toMatchObject({ senderRegistered: true });
    const { users } = await at.chat.listUsers({}, at.options);
    expect(users.map(({ nickname, registered }) => [nickname, registered])).toEqual([
      ["ada", true],
      ["bob", false],
    ]);
  });

  test("what a member was sent while it had no feed is replayed to its next stay", async () => {
    const room = await openRoomInFile();
    const [ada, bob] = [await room.join("ada"), await room.join("bob")];
    const secret = await register(ada);
    const feed = ada.listen();
    await feed.next("caughtUp");
    await feed.close();
    await room.hasFeeds(0);
    await bob.sendTo("ada", "unwritten");
    await again(room);
    const watching = room.back(bob).listen();
    await watching.next("caughtUp");
    room.clock.advance(graceMs + 1_000);
    await watching.next("left");
    const back = await enter(room, room.back(bob), "ada", secret);
    const reading = back.listen({ after: back.leftCursor });
    await reading.next("caughtUp");
    expect(reading.summary()).toEqual(["hello", "bob -> ada: unwritten", "-ada", "+ada", "caughtUp"]);
    await watching.next("joined");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "-ada", "+ada"]);
  });
});
