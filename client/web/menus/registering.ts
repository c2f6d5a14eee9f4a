/** Registering a nickname: the question, and the secret that the server made, which is shown once. */
import { element, setText } from "../dom.js";
import type { MenuWords } from "../words.js";
import { ask, showDialog } from "./dialog.js";

/** Resolves with the chosen secret, "" for one that the server makes, or null. */
export async function askToRegister(
  host: HTMLElement,
  nickname: string,
  { dialog, web }: MenuWords,
): Promise<string | null> {
  const { cancel } = web;
  const filled = await ask(host, {
    title: dialog.register(nickname),
    hint: dialog.registerHint,
    fields: [{ kind: "secret", name: "secret", label: dialog.chosen, user: nickname }],
    does: dialog.registerDo,
    cancel,
  });
  return filled && (filled.secret ?? "");
}

export async function askToUnregister(
  host: HTMLElement,
  nickname: string,
  { dialog, web }: MenuWords,
): Promise<boolean> {
  const { cancel } = web;
  const filled = await ask(host, {
    title: dialog.unregister(nickname),
    hint: dialog.unregisterHint,
    does: dialog.unregisterDo,
    cancel,
    isHarsh: true,
  });
  return filled !== null;
}

/** Shows a secret, to be copied, selected, or taken over by a password manager when the form is submitted. */
export function showSecret(host: HTMLElement, nickname: string, secret: string, { dialog }: MenuWords): void {
  const shown = element("output", { class: "made-secret", tabindex: "0" }, secret);
  const copy = element("button", { type: "button" }, dialog.copy);
  const kept = element("button", { type: "submit", class: "primary" }, dialog.secretKept);
  // What password managers look for; the secret itself is what the reader sees.
  const user = { type: "text", name: "username", autocomplete: "username", value: nickname };
  const password = { type: "password", name: "password", autocomplete: "new-password", value: secret };
  const form = element(
    "form",
    { method: "dialog" },
    shown,
    element("p", { class: "hint" }, dialog.secretHint),
    element("div", { class: "unseen", "aria-hidden": "true" }, ...[user, password].map(fieldFor)),
    element("div", { class: "buttons" }, copy, kept),
  );
  const made = showDialog(host, dialog.secretMade(nickname), form, () => {});
  copy.addEventListener("click", async () =>
    setText(copy, (await copied(shown)) ? dialog.copied : dialog.copy),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    made.close();
  });
  shown.focus();
}

function fieldFor(attributes: Readonly<Record<string, string>>): HTMLInputElement {
  return element("input", { ...attributes, tabindex: "-1", readonly: true });
}

/** Without TLS there is no clipboard: the text is selected, so that the keys for copying do it. */
async function copied(shown: HTMLElement): Promise<boolean> {
  getSelection()?.selectAllChildren(shown);
  const { clipboard } = navigator as { readonly clipboard?: Clipboard };
  try {
    await clipboard?.writeText(shown.textContent ?? "");
    return clipboard !== undefined;
  } catch {
    return false;
  }
}
