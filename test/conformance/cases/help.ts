import assert from "node:assert/strict";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { testCase } from "../case.js";

const HAN = /\p{Script=Han}/u;

export const helpCases = [
  testCase(
    "HELP-8 HELP-9",
    "Help names commands without a slash, and messages not at all",
    async ({ anonymous }) => {
      const { commands } = await anonymous.help({});
      for (const { name, aliases } of commands)
        for (const word of [name, ...aliases]) assert.doesNotMatch(word, /[/\s]/);
      const unnamed = commands.filter(({ name }) => name === "").map(({ rpc }) => rpc);
      assert.deepEqual(unnamed.toSorted(), ["Broadcast", "SendTo"]);
    },
  ),
  testCase("HELP-1", "Help describes the commands as text and as rows", async ({ anonymous }) => {
    const { text, commands } = await anonymous.help({ locale: "en" });
    for (const { usage, summary } of commands) assert.ok(text.includes(usage) && summary !== "");
  }),
  testCase("HELP-10", "the RPCs of Help exist", async ({ anonymous }) => {
    const names = new Set(ChatService.methods.map(({ name }) => name));
    const { commands } = await anonymous.help({});
    for (const { rpc } of commands) assert.ok(rpc === "" || names.has(rpc), rpc);
    assert.ok(commands.some(({ rpc }) => rpc === "Broadcast"));
  }),
  testCase("HELP-4 HELP-7", "Help responds in the requested language and names it", async ({ anonymous }) => {
    for (const locale of ["zh-CN", "en"]) {
      const response = await anonymous.help({ locale });
      assert.equal(response.locale, locale);
      assert.equal(HAN.test(response.text), locale === "zh-CN");
    }
  }),
  testCase("HELP-4", "Help uses the nearest supported language", async ({ anonymous }) => {
    for (const [asked, given] of [
      ["zh", "zh-CN"],
      ["en-GB", "en"],
    ] as const)
      assert.equal((await anonymous.help({ locale: asked })).locale, given);
  }),
  testCase("HELP-5", "Help uses accept-language if no locale is given", async ({ anonymous }) => {
    for (const locale of ["zh-CN", "en"]) {
      const headers = { "accept-language": `${locale};q=0.9, xx` };
      assert.equal((await anonymous.help({}, { headers })).locale, locale);
    }
    const headers = { "accept-language": "zh-CN" };
    assert.equal((await anonymous.help({ locale: "en" }, { headers })).locale, "en");
  }),
  testCase("HELP-6", "Help explains one command by name or alias", async ({ anonymous }) => {
    const { commands } = await anonymous.help({});
    for (const { name, aliases } of commands.filter((row) => row.name !== ""))
      for (const word of [name, ...aliases, `/${name}`]) {
        const response = await anonymous.help({ command: word });
        assert.deepEqual(
          response.commands.map((row) => row.name),
          [name],
        );
      }
  }),
];
