import { existsSync } from "node:fs";

/** Debian's; another one by PARLANCE_CHROMIUM. */
export const chromiumPath = process.env.PARLANCE_CHROMIUM ?? "/usr/bin/chromium";

export const hasChromium = (): boolean => existsSync(chromiumPath);
