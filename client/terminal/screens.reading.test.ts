/** What helps to read on: the place where one stopped, people who are not shown, links, the message of the day. */
import { describe, expect, it } from "vitest";
import type { Line } from "../chat/line.js";
import { en } from "../i18n/en.js";
import type { Words } from "../i18n/zh-CN.js";
import { zhCN } from "../i18n/zh-CN.js";
import { guest } from "../session/test-room.js";
import { chat, clock, problem, say } from "./test-screens.js";
import { useZone } from "./test-zone.js";

useZone("Asia/Shanghai");

function reading(words: Words, columns: number): Promise<string> {
  const zh = words === zhCN;
  const self = zh ? "小明" : "ming";
  const at = clock("18:05");
  const lines: readonly Line[] = [
    say("18:02", "alice", zh ? "构建挂了吗？" : "is the build broken?"),
    { kind: "read_up_to", at },
    say("18:03", "bob", zh ? "挂了，我在看" : "yes, on it"),
    { kind: "before", at, count: 2 },
    { kind: "motd", at, text: zh ? "请友善" : "be kind" },
    { kind: "welcome", at, nickname: self, online: 3 },
    { kind: "person_ignored", at, nickname: "eve", registered: false },
    { kind: "person_ignored", at, nickname: "张三丰", registered: true },
    { kind: "ignored_people", at, nicknames: ["eve", "张三丰"] },
    {
      kind: "users",
      at,
      total: 3,
      users: [
        { ...guest(self, "1"), self: true },
        { ...guest("eve", "2"), self: false, ignored: true },
        { ...guest("张三丰", "3"), registered: true, self: false, ignored: true },
      ],
    },
    { kind: "person_shown", at, nickname: "eve" },
    { kind: "ignored_people", at, nicknames: [] },
    problem({ what: "ignores_self" }),
    problem({ what: "not_ignored", nickname: "dora" }),
  ];
  return chat({ words, columns, lines });
}

describe("reading", () => {
  it("in English at 80 columns", async () => {
    expect(await reading(en, 80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:02 alice: is the build broken?
      ---- you read up to here ----
      18:03 bob: yes, on it
      ---- the 2 messages above are from before you joined ----
      18:05 * be kind
      18:05 * ming joined, 3 online. Type to talk to everyone, /help for commands
      18:05 * ignoring eve until they leave. /unignore eve to undo
      18:05 * ignoring 张三丰. /unignore 张三丰 to undo
      18:05 * you ignore eve, 张三丰. /unignore name to undo
      3 online:
        ming      you
        eve       ignored
        张三丰+   registered, ignored
      18:05 * eve is shown again
      18:05 * you ignore no one
      ! You cannot ignore yourself
      ! You do not ignore "dora". /ignore lists whom you do
       connected | 4 online                                                     /help
      ming> █
      "
    `);
  });

  it("in English at 40 columns", async () => {
    expect(await reading(en, 40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:02 alice: is the build broken?
      ---- you read up to here ----
      18:03 bob: yes, on it
      ---- the 2 messages above are from
           before you joined ----
      18:05 * be kind
      18:05 * ming joined, 3 online. Type to
            talk to everyone, /help for
            commands
      18:05 * ignoring eve until they leave.
            /unignore eve to undo
      18:05 * ignoring 张三丰. /unignore 张三
            丰 to undo
      18:05 * you ignore eve, 张三丰.
            /unignore name to undo
      3 online:
        ming      you
        eve       ignored
        张三丰+   registered, ignored
      18:05 * eve is shown again
      18:05 * you ignore no one
      ! You cannot ignore yourself
      ! You do not ignore "dora". /ignore
        lists whom you do
       connected | 4 online             /help
      ming> █
      "
    `);
  });

  it("in Chinese at 80 columns", async () => {
    expect(await reading(zhCN, 80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:02 alice: 构建挂了吗？
      ---- 以下是新消息 ----
      18:03 bob: 挂了，我在看
      ---- 以上 2 条是你进来之前的消息 ----
      18:05 * 请友善
      18:05 * 小明 进来了，现在 3 人在线。直接打字就是群聊，输入 /help 看命令
      18:05 * 在 eve 离开之前，不再显示 eve 的消息。恢复用 /unignore eve
      18:05 * 不再显示 张三丰 的消息。恢复用 /unignore 张三丰
      18:05 * 你忽略了 eve、张三丰。恢复用 /unignore 昵称
      在线 3 人：
        小明      你
        eve       已忽略
        张三丰+   注册过，已忽略
      18:05 * 恢复显示 eve 的消息
      18:05 * 你没有忽略任何人
      ! 不能忽略自己
      ! 你没有忽略「dora」。输入 /ignore 看忽略了谁
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `);
  });

  it("in Chinese at 40 columns", async () => {
    expect(await reading(zhCN, 40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:02 alice: 构建挂了吗？
      ---- 以下是新消息 ----
      18:03 bob: 挂了，我在看
      ---- 以上 2 条是你进来之前的消息 ----
      18:05 * 请友善
      18:05 * 小明 进来了，现在 3 人在线。直接
            打字就是群聊，输入 /help 看命令
      18:05 * 在 eve 离开之前，不再显示 eve 的
            消息。恢复用 /unignore eve
      18:05 * 不再显示 张三丰 的消息。恢复用
            /unignore 张三丰
      18:05 * 你忽略了 eve、张三丰。恢复用
            /unignore 昵称
      在线 3 人：
        小明      你
        eve       已忽略
        张三丰+   注册过，已忽略
      18:05 * 恢复显示 eve 的消息
      18:05 * 你没有忽略任何人
      ! 不能忽略自己
      ! 你没有忽略「dora」。输入 /ignore 看忽
        略了谁
       已连接 | 4 人在线           /help 帮助
      小明> █
      "
    `);
  });
});
