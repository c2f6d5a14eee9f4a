/** A menu (the ARIA pattern) that opens at an element of the page. */
import { element, focusedBeside } from "../dom.js";

export interface MenuItem {
  readonly label: string;
  /** Whether it takes something away from someone. Default false. */
  readonly isHarsh?: boolean;
  /** Whether it is the one of several that applies; undefined: it is no choice. */
  readonly isChecked?: boolean;
  /** Whether it begins a group. Default false. */
  readonly isFirst?: boolean;
  readonly run: () => void;
}

/** Space that is kept to the edges of the window, px. */
const EDGE = 8;

/** `host`: becomes its parent. `label`: the menu's accessible name. `note`: a sentence above the items. The focus returns to where it was, unless an item takes it elsewhere. */
export function openMenu(
  host: HTMLElement,
  anchor: HTMLElement,
  label: string,
  items: readonly MenuItem[],
  note = "",
): void {
  const before = focusedBeside(host);
  const buttons = items.map(({ label: text, isHarsh, isFirst, isChecked }) => {
    const role = isChecked === undefined ? "menuitem" : "menuitemradio";
    const classes = [isHarsh && "harsh", isFirst && "first"].filter(Boolean).join(" ");
    const checked = isChecked === undefined ? undefined : String(isChecked);
    const attributes = { type: "button", role, tabindex: "-1", class: classes, "aria-checked": checked };
    return element("button", attributes, text);
  });
  const stated =
    note === "" ? [] : [element("p", { role: "menuitem", "aria-disabled": "true", tabindex: "-1" }, note)];
  const menu = element(
    "div",
    { class: "menu", role: "menu", popover: "auto", "aria-label": label },
    ...stated,
    ...buttons,
  );
  const close = () => menu.hidePopover();
  buttons.forEach((button, index) => {
    button.addEventListener("click", () => {
      close();
      items[index]?.run();
    });
  });
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(focusedBeside(menu) as HTMLButtonElement);
    const to = nextIndex(event.key, at, buttons.length);
    if (to !== undefined) buttons[to]?.focus();
    else if (event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // Escape, a click elsewhere, another menu, or an item.
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    const focused = focusedBeside(menu);
    const hadFocus = focused === null || focused === document.body || menu.contains(focused);
    menu.remove();
    if (hadFocus && before instanceof HTMLElement && before.isConnected) before.focus();
  });
  host.append(menu);
  menu.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  (stated[0] ?? buttons[0])?.focus();
}

/** Where a key moves among the items; undefined if it does not. */
function nextIndex(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return (at - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** Below the anchor, or above it where there is more room. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(at.left, innerWidth - width - EDGE);
  const isBelow = at.bottom + height + EDGE <= innerHeight || at.top < innerHeight - at.bottom;
  const top = isBelow ? Math.min(at.bottom, innerHeight - height - EDGE) : at.top - height;
  menu.style.left = `${Math.max(EDGE, left)}px`;
  menu.style.top = `${Math.max(EDGE, top)}px`;
}
