import { expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { startScreen } from "./support/pty.js";
import { startServer } from "./support/server.js";

const bundle = useBundle();

test("two people talk, in group and in private, and one leaves", async () => {
  await using server = await startServer();
  await using ming = startScreen(bundle, { args: ["-s", server.url, "--lang", "zh-CN"] });
  await ming.shows("昵称> ");
  ming.type("小 明\r");
  await ming.shows("! 昵称里不能有空格");
  ming.type("\x03小明\r");
  await ming.shows("* 小明 进来了，现在 1 人在线。直接打字就是群聊，输入 /help 看命令");

  await using alice = startScreen(bundle, { args: ["-s", server.url, "-n", "alice", "--lang", "en"] });
  await alice.shows("* alice joined, 2 online. Type to talk to everyone, /help for commands");
  await ming.shows("* alice 进来了");

  alice.type("hi all\r");
  await ming.shows("alice: hi all");
  ming.type("＠alice　密码 是 x y\r");
  await alice.shows("[private] 小明 -> you: 密码 是 x y");
  await ming.shows("[私聊] 你 -> alice: 密码 是 x y");
  alice.type("/reply got it\r");
  await ming.shows("[私聊] alice -> 你: got it");

  alice.type("/i\r");
  await alice.shows("* Ignoring group chat");
  await alice.shows("alice(ignoring)> ");
  ming.type("没人听\r");
  await ming.shows("小明: 没人听");
  alice.type("/i\r");
  await alice.shows("* Group chat is back; 1 message was skipped");

  alice.type("/quit\r");
  expect(await alice.exit).toBe(0);
  await ming.shows("* alice 离开了");
});
