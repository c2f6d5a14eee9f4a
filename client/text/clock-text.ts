/** Local time as text, in the time zone of the process (TZ). Times are ms since 1970. */

/** `18:05`, `18:05:12`, or ISO 8601 with the zone's offset. */
export type TimeFormat = "hm" | "hms" | "iso";

const two = (value: number): string => String(value).padStart(2, "0");

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const ahead = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.trunc(ahead / 60))}:${two(ahead % 60)}`;
}

export function clockText(at: number, format: TimeFormat): string {
  const date = new Date(at);
  const hm = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (format === "hm") return hm;
  const hms = `${hm}:${two(date.getSeconds())}`;
  if (format === "hms") return hms;
  const year = String(date.getFullYear()).padStart(4, "0");
  return `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${hms}${offset(date)}`;
}

/** Equal for two times of the same local day. */
export function localDay(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}
