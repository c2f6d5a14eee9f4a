import { expect, it } from "vitest";
import { catalogOf } from "../../i18n/index.js";
import { helpTopic } from "./commands.js";

const words = catalogOf("en");
const help = (topic: string) =>
  helpTopic(topic, { words })?.map(({ usage, summary }) => `${usage}: ${summary}`);

it("explains one command by its name, an alias, or as another chat calls it", () => {
  expect(help("ls")).toEqual(["/ls: who is online"]);
  expect(help(" ／ＷＨＯ ")).toEqual(help("ls"));
  expect(help("/msg")).toEqual(["/msg name text: private message, e.g. @alice hello"]);
  expect(help("say")).toEqual(["/say text: send to everyone"]);
  expect(help("me")).toEqual(["/me: There are no actions: describe it in words"]);
  expect(help("lastlog")?.[0]).toContain("/find TEXT");
  expect(help("nonesuch")).toBeUndefined();
});
