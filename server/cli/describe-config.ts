import { given, type Sources, settings } from "./settings.js";
import { withoutPassword } from "./values.js";

/** Every setting, its value and where that comes from; a settings file itself. */
export function describeConfig(sources: Sources): string {
  const rows = settings.map(([, setting]) => {
    const { text, source } = given(setting, sources);
    const note = source === "default" && setting.shown ? `default: ${setting.shown}` : source;
    return { line: `${setting.flag} = ${toml(withoutPassword(text))}`, note };
  });
  const width = Math.max(...rows.map(({ line }) => line.length).filter((length) => length < 60));
  return rows.map(({ line, note }) => `${line.padEnd(width)}  # ${note}\n`).join("");
}

/** A number as such; anything else as a basic string (TOML 1.0), whose escapes are those of JSON. */
function toml(text: string): string {
  return /^(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? text : JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
