import { type Context, isInteractive } from "./context.js";

/** `parlance join`, the default: a screen where there is one, else lines or JSON. Loads only what it needs. */
export async function runJoin(context: Context): Promise<number> {
  if (context.config.json) return (await import("./json.js")).runJson(context);
  if (!isInteractive(context)) return (await import("./lines.js")).runLines(context);
  return (await import("./interactive/run.js")).runScreen(context);
}
