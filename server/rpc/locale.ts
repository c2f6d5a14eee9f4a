/** Languages of the server. */
export const locales = ["en", "zh-CN"] as const;
export type Locale = (typeof locales)[number];

/** The nearest of our languages to a BCP 47 tag; undefined if none is near. Any Chinese is zh-CN. */
export function nearestLocale(tag: string): Locale | undefined {
  const language = tag.trim().toLowerCase().split(/[-_]/)[0];
  if (language === "zh") return "zh-CN";
  return language === "en" ? "en" : undefined;
}

/** The best of an `accept-language` header (RFC 9110, 12.5.4), or `fallback`. */
export function localeOf(headers: Headers, fallback: Locale): Locale {
  return localeOfHeader(headers.get("accept-language"), fallback);
}

/** The same of the header's value. */
export function localeOfHeader(header: string | null | undefined, fallback: Locale): Locale {
  if (!header) return fallback;
  let best: { locale: Locale; weight: number } | undefined;
  for (const range of header.split(",", 20)) {
    const [tag = "", ...parameters] = range.split(";");
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
    const weight = quality === undefined ? 1 : Number(quality);
    const locale = tag.trim() === "*" ? fallback : nearestLocale(tag);
    if (locale && weight > (best?.weight ?? 0)) best = { locale, weight };
  }
  return best?.locale ?? fallback;
}
