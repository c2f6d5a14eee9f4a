import { Unavailable } from "../../room/ports.js";
import { StoreRefused } from "../store-refused.js";
import { codeOf } from "./outcome.js";
import { NODE_ENTRIES } from "./scripts.js";

const OLDEST_MAJOR = 7;

/** Sends a command and returns its reply as text. */
export type Ask = (...command: string[]) => Promise<string>;
/** The value of one setting of the engine; undefined if the engine has none of that name. */
export type AskSetting = (name: string) => Promise<string | undefined>;

/** The fields of INFO. */
export function fieldsOf(info: string): ReadonlyMap<string, string> {
  const lines = info.split("\r\n").filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

/** Which server this is, and which history its data has: a demoted and promoted server keeps its run_id alone. */
export function instanceOf(info: ReadonlyMap<string, string>): string {
  return `${info.get("run_id")} ${info.get("master_replid")}`;
}

/** Throws StoreRefused if the server is too old, and Unavailable if it is a replica: a failover may promote it. */
export function checkServer(info: ReadonlyMap<string, string>, named: string): void {
  const version = info.get("redis_version") ?? "0";
  if (Number.parseInt(version, 10) < OLDEST_MAJOR)
    throw new StoreRefused(`${named} is Redis ${version}; a store needs Redis 7.0 or Valkey 8.0 at least`);
  if (info.get("role") === "slave") {
    const primary = `${info.get("master_host")}:${info.get("master_port")}`;
    throw new Unavailable("not-applied", new Error(`${named} is a replica of ${primary}`));
  }
}

/**
 * Refuses settings with which the engine forgets what was acknowledged. Returns a sentence for the operator where it may
 * do so, where it keeps what was erased, or where its settings cannot be read.
 */
export async function checkSettings(ask: AskSetting, named: string): Promise<readonly string[]> {
  const refuse = (setting: string, why: string) => new StoreRefused(`${named} has ${setting}: ${why}`);
  try {
    if ((await ask("appendonly")) === "no") throw refuse("appendonly no", "a restart would lose messages");
    const sync = await ask("appendfsync");
    if (sync === "no") throw refuse("appendfsync no", "a power cut would lose messages");
    const policy = await ask("maxmemory-policy");
    if (policy !== undefined && policy !== "noeviction")
      throw refuse(`maxmemory-policy ${policy}`, "it would delete messages; a store needs noeviction");
    const doubts: string[] = [];
    if (sync === "everysec")
      doubts.push(`${named} has appendfsync everysec: a power cut may lose the messages of about a second`);
    const nodes = await ask("stream-node-max-entries");
    if (nodes !== undefined && !(Number(nodes) > 0 && Number(nodes) <= NODE_ENTRIES))
      doubts.push(
        `${named} has stream-node-max-entries ${nodes}: it may keep erased messages; set it to ${NODE_ENTRIES}`,
      );
    return doubts;
  } catch (error) {
    if (!["NOPERM", "ERR"].includes(codeOf(error))) throw error;
    return [`${named} does not permit CONFIG GET: whether it keeps what is acknowledged is not known`];
  }
}
