import { type Context, isInteractive } from "./context.js";

/** `parlance join`, the default: a screen on a terminal, else lines or JSON. Loads only the mode that runs. */
export async function runJoin(context: Context): Promise<number> {
  if (context.config.json) return (await import("./pipe/json.js")).runJson(context);
  if (!isInteractive(context)) return (await import("./pipe/lines.js")).runLines(context);
  return (await import("./interactive/run.js")).runInteractive(context);
}
