import { describe, expect, it } from "vitest";
import { zhCN } from "../i18n/zh-CN.js";
import { screensIn } from "./test-screens.js";
import { useZone } from "./test-zone.js";

useZone("Asia/Shanghai");

const screens = screensIn(zhCN);

describe("at 80 columns", () => {
  it("asks for a nickname on the first run", async () => {
    expect(await screens.firstRun(80)).toMatchInlineSnapshot(`
      "
      服务器 http://127.0.0.1:12231（Ctrl-C 退出）
      你的昵称（1-24 列，一个汉字占 2 列；汉字、字母、数字、_ 和 -）
      ! 昵称里不能有空格
      ! 昵称不能以 @ 或 / 开头
      ! 「小明」已经有人用了，试试 小明2
      昵称> 小明2█
      "
    `);
  });

  it("shows a room with a backlog, group and private messages, joins and leaves", async () => {
    expect(await screens.room(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      17:58 老王: 构建挂了吗？
      18:02 alice: just pushed a fix
      ---- 以上 2 条是你进来之前的消息 ----
      18:05 * 小明 进来了，现在 4 人在线。直接打字就是群聊，输入 /help 看命令
      18:05 小明: 大家好
      18:06 bob: @小明 https://ci.example.org/build/4821
      18:06 * 张三丰 进来了
      18:06 * 张三丰 等 5 人进来了
      18:07 * bob 离开了
      18:07 [私聊] alice -> 你: 你在吗？
      18:07 [私聊] 你 -> alice: 在的
       已连接 | 4 人在线                                                   /help 帮助
      小明> @al█
      "
    `);
  });

  it("lists who is online, and the help", async () => {
    expect(await screens.lists(80)).toMatchInlineSnapshot(`
      "
      在线 5 人：
        小明    你
        alice
        老王
        张三丰
        还有 1 人
      文字              发到群聊
      @昵称 文字        发私聊，例：@alice 你好
      /ls               看谁在线
      /i                忽略群聊 / 恢复群聊（开关）
      /reply 文字       回复最近私聊的人
      /history [N]      看最近 N 条（默认 20），再输入看更早的
      /ignore [昵称]    不看这个人的消息；不写昵称就列出忽略了谁
      /unignore 昵称    恢复显示这个人的消息
      /reconnect        立即重新连接
      /clear            清屏
      /help [keys]      显示这份帮助；keys 看按键，也可以写命令名
      /quit 或 Ctrl-D   退出
      其它以 / 开头的内容不会发出去。/say 文字 会原样发给所有人；/msg 昵称 文字 就是
      @昵称 文字。
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `);
  });

  it("shows problems, and keeps the input", async () => {
    expect(await screens.mistakes(80)).toMatchInlineSnapshot(`
      "
      ! 没有 /lss 这个命令，这一行没有发出去。你是不是想用 /ls？
      ! 没有叫「Alcie」的用户，私聊没有发出。在线的有「alice」
      ! 「@alice」后面没有内容，没有发出
      ! 发得太快了，3 秒后再试（这一行还在输入框里）
      ! 太长了：5200 字节（超出 1104），200 行（超出 150）。没有发出（这一行还在输入框
        里）
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `);
  });

  it("ignores group chat, and counts what was skipped", async () => {
    expect(await screens.ignoring(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:09 * 已忽略群聊：只显示私聊和提示。再输入 /i 恢复
      ! 你在忽略群聊，群聊没有发出（这一行还在输入框里）。输入 /i 恢复
      18:12 * 已恢复群聊，忽略期间略过了 12 条
       已连接 | 4 人在线 | 忽略群聊中                                         /i 恢复
      小明(忽略群聊)> █
      "
    `);
  });

  it("shows who may not receive a private message, and who did not", async () => {
    expect(await screens.privately(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:07 [私聊] 你 -> alice: 在吗？
      18:07 * alice 暂时不在：30 秒内回来才能收到
      18:08 * 给 alice 的 3 条私聊没有送到
          在吗？
          https://ci.example.org/build/4821 https://ci.example.org/bui...
          还有 1 条
      18:08 * 给 张三丰 的 1 条私聊没有送到
      ! 「alice」现在是另一个人，没有发出。再按 Enter 就发给这个人
      ! 「alice」刚刚才进来，没有发出。再按 Enter 就发给这个人
       已连接 | 4 人在线                                                   /help 帮助
      小明 -> alice> @alice 看到了吗█
      "
    `);
  });

  it("waits where another client took the place of this one", async () => {
    expect(await screens.replaced(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:12 * 这个会话在别处打开，占用了这里的连接
       连接已断开                                                 /reconnect 重新连接
      小明> 还没发出去的一句█
      "
    `);
  });

  it("shows the lines that are not sent yet, dim, with their places", async () => {
    expect(await screens.pending(80)).toMatchInlineSnapshot(`
      "
      ! 连接断开时服务器还没有确认这一行，看看上面有没有它再决定要不要重发（按上方向键
        可取回这一行）
       1/3 大家好 https://ci.example.org/build/4821 https://ci.example...（还没确认）
       2/3 -> alice> 在吗？（限速，3 秒）
       ! @张三 收到 2（没有发出）
       3 条待发送 | 重连中 | 第 3 次 | 4 秒后再试              上方向键修改，Esc 取消
      小明> █
      "
    `);
  });

  it("searches in previous inputs", async () => {
    expect(await screens.searching(80)).toMatchInlineSnapshot(`
      "
       Enter 采用，Ctrl-R 更早，Esc 返回                                             
      （搜索，没有更早的）「修」：构建修好了█
      "
    `);
  });

  it("counts a long text, and what of it is too much", async () => {
    expect(await screens.tooLong(80)).toMatchInlineSnapshot(`
      "
       5 行（超出 2） | 已连接 | 4 人在线                                  /help 帮助
        2
        3
        4
        第五行█
      "
    `);
  });

  it("reconnects while the person types", async () => {
    expect(await screens.reconnecting(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:13 ! 连接断开，正在重连；你可以继续打字，连上后依次发送
       重连中 | 第 3 次 | 4 秒后再试                              /reconnect 立即重试
      小明> 还没发出去的一句█
      "
    `);
  });

  it("shows missed messages, or why they are gone", async () => {
    expect(await screens.resumed(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      ---- 断线 38 秒，补收 2 条 ----
      18:13 alice: 有人在吗
      18:14 老王: 在
      18:14 * 已恢复连接
      18:15 * 已恢复连接，没有漏掉消息
      ---- 断线 38 秒，补收如下 ----
      ---- 断线 3 小时，服务器只留了最近的消息，更早的看不到了 ----
      18:16 * 服务器重启过，之前的聊天记录没有保留
      18:16 * 服务器的记录退回到了更早，从现在继续
      18:17 * 服务器正在关闭
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `);
  });

  it("shows the recipient of a private message, and the candidates of a completion", async () => {
    expect(await screens.addressing(80)).toMatchInlineSnapshot(`
      "
       alice  alex  阿里   Tab 下一个                                                
      小明 -> alex> @alex █
      "
    `);
  });
});

describe("at 40 columns", () => {
  it("asks for a nickname on the first run", async () => {
    expect(await screens.firstRun(40)).toMatchInlineSnapshot(`
      "
      服务器 http://127.0.0.1:12231（Ctrl-C 退
      出）
      你的昵称（1-24 列，一个汉字占 2 列；汉
      字、字母、数字、_ 和 -）
      ! 昵称里不能有空格
      ! 昵称不能以 @ 或 / 开头
      ! 「小明」已经有人用了，试试 小明2
      昵称> 小明2█
      "
    `);
  });

  it("shows a room with a backlog, group and private messages, joins and leaves", async () => {
    expect(await screens.room(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      17:58 老王: 构建挂了吗？
      18:02 alice: just pushed a fix
      ---- 以上 2 条是你进来之前的消息 ----
      18:05 * 小明 进来了，现在 4 人在线。直接
            打字就是群聊，输入 /help 看命令
      18:05 小明: 大家好
      18:06 bob: @小明
            https://ci.example.org/build/4821
      18:06 * 张三丰 进来了
      18:06 * 张三丰 等 5 人进来了
      18:07 * bob 离开了
      18:07 [私聊] alice -> 你: 你在吗？
      18:07 [私聊] 你 -> alice: 在的
       已连接 | 4 人在线           /help 帮助
      小明> @al█
      "
    `);
  });

  it("lists who is online, and the help", async () => {
    expect(await screens.lists(40)).toMatchInlineSnapshot(`
      "
      在线 5 人：
        小明    你
        alice
        老王
        张三丰
        还有 1 人
      文字
        发到群聊
      @昵称 文字
        发私聊，例：@alice 你好
      /ls
        看谁在线
      /i
        忽略群聊 / 恢复群聊（开关）
      /reply 文字
        回复最近私聊的人
      /history [N]
        看最近 N 条（默认 20），再输入看更早的
      /ignore [昵称]
        不看这个人的消息；不写昵称就列出忽略了
        谁
      /unignore 昵称
        恢复显示这个人的消息
      /reconnect
        立即重新连接
      /clear
        清屏
      /help [keys]
        显示这份帮助；keys 看按键，也可以写命
        令名
      /quit 或 Ctrl-D
        退出
      其它以 / 开头的内容不会发出去。/say 文字
      会原样发给所有人；/msg 昵称 文字 就是
      @昵称 文字。
       已连接 | 4 人在线           /help 帮助
      小明> █
      "
    `);
  });

  it("shows problems, and keeps the input", async () => {
    expect(await screens.mistakes(40)).toMatchInlineSnapshot(`
      "
      ! 没有 /lss 这个命令，这一行没有发出去。
        你是不是想用 /ls？
      ! 没有叫「Alcie」的用户，私聊没有发出。
        在线的有「alice」
      ! 「@alice」后面没有内容，没有发出
      ! 发得太快了，3 秒后再试（这一行还在输入
        框里）
      ! 太长了：5200 字节（超出 1104），200 行
        （超出 150）。没有发出（这一行还在输入
        框里）
       已连接 | 4 人在线           /help 帮助
      小明> █
      "
    `);
  });

  it("ignores group chat, and counts what was skipped", async () => {
    expect(await screens.ignoring(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:09 * 已忽略群聊：只显示私聊和提示。再
            输入 /i 恢复
      ! 你在忽略群聊，群聊没有发出（这一行还在
        输入框里）。输入 /i 恢复
      18:12 * 已恢复群聊，忽略期间略过了 12 条
       已连接 | 4 人在线 | 忽略群聊中 /i 恢复
      小明(忽略群聊)> █
      "
    `);
  });

  it("shows who may not receive a private message, and who did not", async () => {
    expect(await screens.privately(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:07 [私聊] 你 -> alice: 在吗？
      18:07 * alice 暂时不在：30 秒内回来才能
            收到
      18:08 * 给 alice 的 3 条私聊没有送到
          在吗？
          https://ci.example.org/build/4821
            https://ci.example.org/bui...
          还有 1 条
      18:08 * 给 张三丰 的 1 条私聊没有送到
      ! 「alice」现在是另一个人，没有发出。再
        按 Enter 就发给这个人
      ! 「alice」刚刚才进来，没有发出。再按
        Enter 就发给这个人
       已连接 | 4 人在线           /help 帮助
      小明 -> alice> @alice 看到了吗█
      "
    `);
  });

  it("waits where another client took the place of this one", async () => {
    expect(await screens.replaced(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:12 * 这个会话在别处打开，占用了这里的
            连接
       连接已断开         /reconnect 重新连接
      小明> 还没发出去的一句█
      "
    `);
  });

  it("shows the lines that are not sent yet, dim, with their places", async () => {
    expect(await screens.pending(40)).toMatchInlineSnapshot(`
      "
      ! 连接断开时服务器还没有确认这一行，看看
        上面有没有它再决定要不要重发（按上方向
        键可取回这一行）
       1/3 大家好 https://ci.e...（还没确认）
       2/3 -> alice> 在吗？（限速，3 秒）
       ! @张三 收到 2（没有发出）
       3 条待发送 | 重连中 | 第 3 次         
      小明> █
      "
    `);
  });

  it("searches in previous inputs", async () => {
    expect(await screens.searching(40)).toMatchInlineSnapshot(`
      "
       Enter 采用，Ctrl-R 更早，Esc 返回     
      （搜索，没有更早的）「修」：构建修好了█
      "
    `);
  });

  it("counts a long text, and what of it is too much", async () => {
    expect(await screens.tooLong(40)).toMatchInlineSnapshot(`
      "
       5 行（超出 2） | 已连接 | 4 人在线    
        2
        3
        4
        第五行█
      "
    `);
  });

  it("reconnects while the person types", async () => {
    expect(await screens.reconnecting(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:13 ! 连接断开，正在重连；你可以继续打
            字，连上后依次发送
       重连中 | 第 3 次 | 4 秒后再试         
      小明> 还没发出去的一句█
      "
    `);
  });

  it("shows missed messages, or why they are gone", async () => {
    expect(await screens.resumed(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      ---- 断线 38 秒，补收 2 条 ----
      18:13 alice: 有人在吗
      18:14 老王: 在
      18:14 * 已恢复连接
      18:15 * 已恢复连接，没有漏掉消息
      ---- 断线 38 秒，补收如下 ----
      ---- 断线 3 小时，服务器只留了最近的消
           息，更早的看不到了 ----
      18:16 * 服务器重启过，之前的聊天记录没有
            保留
      18:16 * 服务器的记录退回到了更早，从现在
            继续
      18:17 * 服务器正在关闭
       已连接 | 4 人在线           /help 帮助
      小明> █
      "
    `);
  });

  it("shows the recipient of a private message, and the candidates of a completion", async () => {
    expect(await screens.addressing(40)).toMatchInlineSnapshot(`
      "
       alice  alex  阿里   Tab 下一个        
      小明 -> alex> @alex █
      "
    `);
  });
});
