/** The menu of what notifies. */
import { NOTIFY_LEVELS } from "../../text/notable.js";
import type { Attention } from "../window/attention.js";
import type { Around } from "./actions.js";
import { openMenu } from "./menu.js";

/** The level that applies is checked. Where there can be no notifications, it states why. */
export function openLevels(
  anchor: HTMLElement,
  attention: Pick<Attention, "level" | "obstacle" | "choose">,
  page: Around,
): void {
  const { notify } = page.words;
  const { level: current, obstacle } = attention;
  const items = NOTIFY_LEVELS.map((level) => ({
    label: notify.levels[level],
    isChecked: level === current,
    run: async () => {
      // As soon as the browser has asked the reader.
      if ((await attention.choose(level)) !== null) openLevels(anchor, attention, page);
    },
  }));
  openMenu(
    page.host,
    anchor,
    notify.label,
    obstacle === null ? items : [],
    obstacle === null ? "" : notify[obstacle],
  );
}
