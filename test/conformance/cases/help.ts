import assert from "node:assert/strict";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { must } from "../case.js";

const HAN = /\p{Script=Han}/u;

export const helpCases = [
  must("Tells what one can do here: as text for people and as rows for programs.", async ({ stranger }) => {
    const { text, commands } = await stranger.help({ locale: "en" });
    for (const { usage, summary } of commands) assert.ok(text.includes(usage) && summary !== "");
  }),
  must(
    'Name of the RPC behind it, such as "SendTo"; empty if the client does it alone.',
    async ({ stranger }) => {
      const names = new Set(ChatService.methods.map(({ name }) => name));
      const { commands } = await stranger.help({});
      for (const { rpc } of commands) assert.ok(rpc === "" || names.has(rpc), rpc);
      assert.ok(commands.some(({ rpc }) => rpc === "Broadcast"));
    },
  ),
  must("Language of this answer: zh-CN or en.", async ({ stranger }) => {
    for (const locale of ["zh-CN", "en"]) {
      const answer = await stranger.help({ locale });
      assert.equal(answer.locale, locale);
      assert.equal(HAN.test(answer.text), locale === "zh-CN");
    }
  }),
  must("zh-CN and en are known, and the nearest is taken.", async ({ stranger }) => {
    for (const [asked, given] of [
      ["zh", "zh-CN"],
      ["en-GB", "en"],
    ] as const)
      assert.equal((await stranger.help({ locale: asked })).locale, given);
  }),
  must("Empty: the header `accept-language` decides.", async ({ stranger }) => {
    for (const locale of ["zh-CN", "en"]) {
      const headers = { "accept-language": `${locale};q=0.9, xx` };
      assert.equal((await stranger.help({}, { headers })).locale, locale);
    }
    const headers = { "accept-language": "zh-CN" };
    assert.equal((await stranger.help({ locale: "en" }, { headers })).locale, "en");
  }),
  must(
    "Command to explain, by its name or an alias, with or without its slash, at most 64 bytes; empty explains all.",
    async ({ stranger }) => {
      const { commands } = await stranger.help({});
      for (const { name, aliases } of commands.filter((row) => row.name !== ""))
        for (const word of [name, ...aliases, `/${name}`]) {
          const answer = await stranger.help({ command: word });
          assert.deepEqual(
            answer.commands.map((row) => row.name),
            [name],
          );
        }
    },
  ),
];
