import { describe, expect, it } from "vitest";
import { helpRows, offered } from "../chat/input/commands.js";
import type { Problem } from "../chat/line.js";
import { en } from "../i18n/en.js";
import type { Words } from "../i18n/zh-CN.js";
import { zhCN } from "../i18n/zh-CN.js";
import { guest } from "../session/test-room.js";
import { chat, clock, problem, say, whisper } from "./test-screens.js";
import { useZone } from "./test-zone.js";

useZone("Asia/Shanghai");

const features = ["MODERATION", "REDACTION", "REGISTRATION"] as const;
const registered = { registered: true };

/** Marks, roles, and what waits for whom. */
const people = (words: Words) =>
  chat({
    words,
    columns: 80,
    input: "/register hunter22",
    secretFrom: 10,
    lines: [
      { kind: "while_away", at: clock("18:02"), count: 2 },
      { ...say("18:02", "alice", "just pushed a fix"), ...registered },
      { ...say("18:03", "build", "alice+: I am not alice\nbob+: nor bob"), bot: true },
      { ...whisper("18:03", "alice", "ming", "hi", "in"), ...registered },
      { kind: "stored", at: clock("18:04"), nickname: "kim" },
      {
        kind: "users",
        at: 0,
        total: 4,
        users: [
          { ...guest("ming", "1"), ...registered, role: "OWNER", self: true },
          { ...guest("张三丰", "2"), ...registered, role: "MODERATOR", self: false },
          { ...guest("build", "3"), ...registered, bot: true, self: false },
          { ...guest("bob", "4"), self: false },
        ],
      },
      {
        kind: "registered",
        at: clock("18:05"),
        nickname: "ming",
        secret: `prl_${"x".repeat(27)}`,
        kept: true,
      },
      { kind: "registered", at: clock("18:05"), nickname: "ming", secret: "prl_x", kept: false },
      { kind: "registered", at: clock("18:05"), nickname: "ming", secret: "", kept: false },
    ],
  });

/** What a moderator sees. */
const moderating = (words: Words) => {
  const standing = { role: "MODERATOR", registered: true, features } as const;
  const ban = { nickname: "", network: "", moderator: "", reason: "", forMs: null };
  return chat({
    words,
    columns: 80,
    lines: [
      { kind: "help", at: 0, rows: helpRows(words, offered(standing)) },
      {
        kind: "bans",
        at: 0,
        bans: [
          {
            ...ban,
            id: "kestra",
            nickname: "bob",
            network: "203.0.113.7/32",
            forMs: 3_600_000,
            reason: "spam",
          },
          { ...ban, id: "bakedo", nickname: "小明", moderator: "mia" },
        ],
      },
      { kind: "bans", at: 0, bans: [] },
      { kind: "invite", at: clock("18:06"), code: "prli_x", uses: 1, forMs: 7 * 86_400_000 },
      {
        kind: "redacting",
        at: clock("18:06"),
        message: { nickname: "bob", text: "buy\nthis", at: clock("18:05") },
      },
    ],
  });
};

const kept = "input" as const;
const slip = { nickname: null, text: "a slip of the pen ".repeat(5), at: clock("18:05") };
const refusals: readonly Problem[] = [
  { what: "bad_arguments", command: "/mute", help: "mute" },
  { what: "confirm_quote", message: { ...slip, nickname: "bob", text: "lunch?" }, kept: "held" },
  { what: "confirm_redact", message: slip, kept },
  { what: "confirm_redact", message: { ...slip, nickname: "bob", text: "hi" }, kept: "none" },
  { what: "confirm_ban", network: "10.0.0.0/8", kept },
  { what: "confirm_unregister", nickname: "ming", kept: "held" },
  { what: "nothing_to_redact", nickname: null },
  { what: "nothing_to_redact", nickname: "bob" },
  { what: "message_gone" },
  { what: "no_such_person", nickname: "bob" },
  { what: "another_target", nickname: "bob", kept },
  { what: "no_such_ban", id: "kestra" },
  { what: "not_offered", command: "/kick" },
  { what: "not_allowed", message: "your role does not permit that", kept },
  { what: "muted", retryMs: 540_000, kept },
  { what: "muted", retryMs: null, kept: "none" },
  { what: "registered_only", message: "only registered nicknames can speak here", kept },
  { what: "nickname_registered", nickname: "ming", suggestion: "ming2" },
  { what: "secret_wrong", nickname: "ming" },
  { what: "invite_needed", given: false },
  { what: "invite_needed", given: true },
  { what: "external_only" },
  { what: "guests_refused", retryMs: null },
  { what: "guests_refused", retryMs: 600_000 },
  { what: "banned", message: "you are banned from this room: spam; ban kestra", reference: "kestra" },
];
const refused = (words: Words) =>
  chat({ words, columns: 80, rows: 80, lines: refusals.map((found) => problem(found)) });

describe("people, and what is known of them", () => {
  it("in English", async () =>
    expect(await people(en)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      ---- while you were away: 2 messages ----
      18:02 alice+: just pushed a fix
      18:03 build [bot]: alice+: I am not alice
          bob+: nor bob
      18:03 [private] alice+ -> you: hi
      18:04 * kim is not here: will be delivered when kim is back
      4 online:
        ming+     you, owner
        张三丰+   moderator
        build+    registered, bot
        bob
      18:05 * secret of ming: prl_xxxxxxxxxxxxxxxxxxxxxxxxxxx
          It is stored in credentials.json: this machine logs in with it by itself.
            Note it down for other devices, it is not shown again
      18:05 * secret of ming: prl_x
          It could not be stored on this machine: note it down now, it is not shown
            again
      18:05 * ming has the secret that you chose. It is not stored on this machine:
            you log in with it
       connected | 4 online                                                     /help
      ming> /register ********█
      "
    `));
  it("in Chinese", async () =>
    expect(await people(zhCN)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      ---- 你不在的时候有 2 条消息 ----
      18:02 alice+: just pushed a fix
      18:03 build [机器人]: alice+: I am not alice
          bob+: nor bob
      18:03 [私聊] alice+ -> 你: hi
      18:04 * kim 现在不在：等 kim 回来就能收到
      在线 4 人：
        ming+     你，房主
        张三丰+   管理员
        build+    注册过，机器人
        bob
      18:05 * ming 的密码：prl_xxxxxxxxxxxxxxxxxxxxxxxxxxx
          已存进这台电脑的 credentials.json，在这里登录不用再输入。要在别处登录，请记
            下来，不会再显示
      18:05 * ming 的密码：prl_x
          这台电脑存不下来：请现在记下来，不会再显示
      18:05 * ming 的密码就是你选的那个，没有存在这台电脑上，登录时要输入
       已连接 | 4 人在线                                                   /help 帮助
      小明> /register ********█
      "
    `));
});

describe("a moderator's help and lists", () => {
  it("in English", async () =>
    expect(await moderating(en)).toMatchInlineSnapshot(`
      "
      text                      send to everyone
      @name text                private message, e.g. @alice hello
      /ls                       who is online
      /i                        ignore / show group chat (toggle)
      /reply text               reply to the last private message
      /history [N]              the last N events (default 20); again for older ones
      /ignore [name]            hide a person; without a name, who is hidden
      /unignore name            show a person again
      /redact [N | @name]       erase your last or Nth last message; @name: theirs
      /register [secret]        make your nickname your own, by a secret
      /unregister               give your registered nickname up
      /kick name [reason]       remove from the room; may come back
      /ban name [1h] [reason]   keep out; also an address or a network
      /bans                     the bans in force
      /unban id                 lift a ban
      /mute name 10m [reason]   let read only; 0 ends it
      /erase name [10m]         erase what they sent lately (default 10 min)
      /announce text            send to all, also those who ignore group chat
      /invite [logins] [7d]     issue an invite (default 1 login, 7 d; 0: any number)
      /close [10m]              keep guests out for a time (default 10 min; 0 opens)
      /reconnect                connect now
      /clear                    clear the screen
      /help [keys]              this help; the keys; a command
      /quit or Ctrl-D           leave
      Anything else starting with / is never sent. /say sends any text as it is, to
      everyone; /msg name text is @name text.
      2 bans, lifted by /unban id:
        kestra  bob 203.0.113.7/32  1 h more, by the operator: spam
        bakedo  小明                for ever, by mia
      no bans in force
      ---- Sunday, November 22 ----
      18:06 * invite prli_x (1 login, for 7 d); it is not shown again
      18:06 * erasing the message of bob of 18:05: "buy this"
       connected | 4 online                                                     /help
      ming> █
      "
    `));
  it("in Chinese", async () =>
    expect(await moderating(zhCN)).toMatchInlineSnapshot(`
      "
      文字                    发到群聊
      @昵称 文字              发私聊，例：@alice 你好
      /ls                     看谁在线
      /i                      忽略群聊 / 恢复群聊（开关）
      /reply 文字             回复最近私聊的人
      /history [N]            看最近 N 条（默认 20），再输入看更早的
      /ignore [昵称]          不看这个人的消息；不写昵称就列出忽略了谁
      /unignore 昵称          恢复显示这个人的消息
      /redact [N | @昵称]     删除自己最后（或倒数第 N）条消息；@昵称 是别人的
      /register [密码]        把昵称注册成自己的；不写密码就由服务器生成
      /unregister             放弃注册的昵称
      /kick 昵称 [原因]       移出房间，可以再进来
      /ban 昵称 [1h] [原因]   禁止进入；也可以写地址或网络
      /bans                   看有哪些禁令
      /unban 编号             解除禁令
      /mute 昵称 10m [原因]   禁止发言；写 0 就恢复
      /erase 昵称 [10m]       删除这个人最近（默认 10 分钟）的消息
      /announce 文字          发公告，所有人都收到
      /invite [次数] [7d]     发邀请码（默认 1 次、7 天；0 不限次数）
      /close [10m]            暂时不让访客进来（默认 10 分钟；0 重新打开）
      /reconnect              立即重新连接
      /clear                  清屏
      /help [keys]            显示这份帮助；keys 看按键，也可以写命令名
      /quit 或 Ctrl-D         退出
      其它以 / 开头的内容不会发出去。/say 文字 会原样发给所有人；/msg 昵称 文字 就是
      @昵称 文字。
      2 条禁令，/unban 编号 可以解除：
        kestra  bob 203.0.113.7/32  还有 1 小时，由服务器的管理者：spam
        bakedo  小明                一直有效，由 mia
      没有禁令
      ---- 11月22日 周日 ----
      18:06 * 邀请码 prli_x（可用 1 次，7 天内有效）。不会再显示
      18:06 * 正在删除 bob 在 18:05 说的「buy this」
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `));
});

describe("every refusal states what to do", () => {
  it("in English", async () =>
    expect(await refused(en)).toMatchInlineSnapshot(`
      "
      ! Type it like this: /mute name 10m [reason]. Nothing was done
      ! Not sent: it would go to everyone, as a reply to the message of bob of 18:05:
        "lunch?", and someone has written to you privately. Up, then Enter sends it to
        everyone
      ! This erases your message of 18:05: "a slip of the pen a slip of the pen a slip
        of the pen a slip...", for everyone and for good. Enter again erases it
      ! This erases the message of bob of 18:05: "hi", for everyone and for good. The
        same line again erases it
      ! 10.0.0.0/8 is a wide network: it keeps out all guests and registered nicknames
        in it. Enter again bans it
      ! ming will no longer be yours; its role and stored private messages go with it.
        Up, then Enter gives it up
      ! No such message of yours here. /redact means your last one, /redact 2 the one
        before
      ! No message of "bob" here
      ! That message is no longer kept; nothing was done
      ! No one named "bob" was found; nothing was done. /ls lists who is online
      ! "bob" is another person now; nothing was done. Enter again does it to them
      ! There is no ban "kestra". /bans lists those in force
      ! This server does not have /kick
      ! Not allowed: your role does not permit that (your line is still in the input).
        /ls shows who moderates
      ! You are muted for 9 min more; not sent (your line is still in the input).
        Moderators still receive private messages; /ls shows them
      ! You are muted; not sent. Moderators still receive private messages; /ls shows
        them
      ! Not sent: only registered nicknames can speak here (your line is still in the
        input). /register makes your nickname one
      ! "ming" is registered. If it is yours, give its secret (PARLANCE_SECRET); if
        not, try ming2
      ! That is not the secret of "ming". Check it, or PARLANCE_SECRET; if it is lost,
        an owner of the room can issue another
      ! This room asks for an invite or its passphrase: --invite or PARLANCE_INVITE.
        Ask a moderator for one
      ! That invite or passphrase is not valid: wrong, used up, expired or revoked.
        Ask a moderator for another
      ! This room is entered through the application that it belongs to, not by
        logging in here
      ! This room is for registered nicknames. If you have one, log in with it
      ! This room is closed to guests for 10 min more. Try again then, or log in with
        a registered nickname
      ! you are banned from this room: spam; ban kestra. To object, quote kestra to a
        moderator
       connected | 4 online                                                     /help
      ming> █
      "
    `));
  it("in Chinese", async () =>
    expect(await refused(zhCN)).toMatchInlineSnapshot(`
      "
      ! 要这样写：/mute 昵称 10m [原因]。什么也没做
      ! 没有发出：这句会发到群里，回复 bob 在 18:05 说的「lunch?」，但有人私聊过你。按
        上方向键取回这一行，再按 Enter 就发到群里
      ! 要删除的是你在 18:05 说的「a slip of the pen a slip of the pen a slip of the
        pen a slip...」，删了就拿不回来。再按 Enter 就删除
      ! 要删除的是 bob 在 18:05 说的「hi」，删了就拿不回来。再输入同一行就删除
      ! 10.0.0.0/8 是很大的一片网络，里面的访客和注册用户都进不来了。再按 Enter 就禁止
      ! 放弃之后，ming 就不再是你的，权限和收着的私聊也没有了。按上方向键取回这一行，
        再按 Enter 就放弃
      ! 这里没有那样一条你的消息。/redact 删除最后一条，/redact 2 删除倒数第二条
      ! 这里没有 bob 的消息
      ! 那条消息已经没有了，什么也没做
      ! 没有找到「bob」，什么也没做。输入 /ls 看谁在线
      ! 「bob」现在是另一个人，什么也没做。再按 Enter 就对这个人做
      ! 没有编号是「kestra」的禁令。输入 /bans 看有哪些
      ! 这台服务器没有 /kick 的功能
      ! 不可以：your role does not permit that（这一行还在输入框里）。/ls 显示谁是管理
        员
      ! 你被禁止发言，还有 9 分钟，没有发出（这一行还在输入框里）。你仍可以私聊管理
        员，/ls 显示谁是管理员
      ! 你被禁止发言，没有发出。你仍可以私聊管理员，/ls 显示谁是管理员
      ! 没有发出：only registered nicknames can speak here（这一行还在输入框里）。可以
        用 /register 注册
      ! 「ming」是注册过的昵称。是你的，就输入它的密码（PARLANCE_SECRET）；不是你的，
        试试 ming2
      ! 「ming」的密码不对。请检查密码或 PARLANCE_SECRET；忘了的话，房主可以给你一个新
        的
      ! 这个房间要凭邀请码或口令进来：--invite 或 PARLANCE_INVITE。请向管理员要
      ! 这个邀请码或口令无效：不对、用完了、过期了或被撤销了。请向管理员再要一个
      ! 这个房间只能从它所属的应用进来，不能直接登录
      ! 这个房间只让注册过的昵称进来。如果你有，请用它登录
      ! 这个房间暂时不让访客进来，10 分钟后再试，或者用注册过的昵称登录
      ! you are banned from this room: spam; ban kestra。要申诉，请把编号 kestra 告诉
        管理员
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `));
});
