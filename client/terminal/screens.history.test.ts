import { describe, expect, it } from "vitest";
import { en } from "../i18n/en.js";
import { zhCN } from "../i18n/zh-CN.js";
import { screensIn } from "./test-screens.js";
import { useZone } from "./test-zone.js";

useZone("Asia/Shanghai");

describe("history is shown by day, and marks where nothing older is kept", () => {
  it("in English at 80 columns", async () => {
    expect(await screensIn(en).history(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:05 ming: hi all
      ! /history takes a number from 1 to 500; nothing was sent
      ---- history: latest 3 events ----
      18:02 alice: just pushed a fix
      18:03 * zhang joined
      18:05 ming: hi all
      ---- end of history; /history again goes further back ----
      ---- 1 earlier event ----
      ---- Saturday, November 21 ----
      17:58 laowang: is the build broken?
      ---- end of history; nothing older is kept ----
      ! This server has no history
      ---- Sunday, November 22 ----
      18:06 bob: welcome!
       connected | 4 online                                                     /help
      ming> █
      "
    `);
  });

  it("in English at 40 columns", async () => {
    expect(await screensIn(en).history(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:05 ming: hi all
      ! /history takes a number from 1 to 500;
        nothing was sent
      ---- history: latest 3 events ----
      18:02 alice: just pushed a fix
      18:03 * zhang joined
      18:05 ming: hi all
      ---- end of history; /history again goes
           further back ----
      ---- 1 earlier event ----
      ---- Saturday, November 21 ----
      17:58 laowang: is the build broken?
      ---- end of history; nothing older is
           kept ----
      ! This server has no history
      ---- Sunday, November 22 ----
      18:06 bob: welcome!
       connected | 4 online             /help
      ming> █
      "
    `);
  });

  it("in Chinese at 80 columns", async () => {
    expect(await screensIn(zhCN).history(80)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:05 小明: 大家好
      ! /history 后面要写 1 到 500 的数字，这一行没有发出去
      ---- 最近的 3 条 ----
      18:02 alice: just pushed a fix
      18:03 * 张三丰 进来了
      18:05 小明: 大家好
      ---- 历史到此，再输入 /history 看更早的 ----
      ---- 更早的 1 条 ----
      ---- 11月21日 周六 ----
      17:58 老王: 构建挂了吗？
      ---- 历史到此为止，更早的没有保留 ----
      ! 这台服务器不能往回看
      ---- 11月22日 周日 ----
      18:06 bob: 欢迎！
       已连接 | 4 人在线                                                   /help 帮助
      小明> █
      "
    `);
  });

  it("in Chinese at 40 columns", async () => {
    expect(await screensIn(zhCN).history(40)).toMatchInlineSnapshot(`
      "
      ---- 11月22日 周日 ----
      18:05 小明: 大家好
      ! /history 后面要写 1 到 500 的数字，这
        一行没有发出去
      ---- 最近的 3 条 ----
      18:02 alice: just pushed a fix
      18:03 * 张三丰 进来了
      18:05 小明: 大家好
      ---- 历史到此，再输入 /history 看更早
           的 ----
      ---- 更早的 1 条 ----
      ---- 11月21日 周六 ----
      17:58 老王: 构建挂了吗？
      ---- 历史到此为止，更早的没有保留 ----
      ! 这台服务器不能往回看
      ---- 11月22日 周日 ----
      18:06 bob: 欢迎！
       已连接 | 4 人在线           /help 帮助
      小明> █
      "
    `);
  });
});
