/** A question in a modal dialog. */
import { element } from "../dom.js";

export type Field =
  | {
      readonly kind: "select";
      readonly name: string;
      readonly label: string;
      /** What is chosen, and how it is shown; the first one is the default. */
      readonly options: readonly (readonly [value: string, label: string])[];
    }
  | { readonly kind: "text"; readonly name: string; readonly label: string; readonly maxLength: number }
  /** A new secret; `user`: the nickname that a password manager keeps it under. */
  | { readonly kind: "secret"; readonly name: string; readonly label: string; readonly user: string };

export interface Question {
  readonly title: string;
  readonly hint?: string;
  readonly fields?: readonly Field[];
  /** The button that does it. */
  readonly does: string;
  readonly cancel: string;
  readonly isHarsh?: boolean;
}

/** What was filled in, by the names of the fields. */
export type Filled = Readonly<Record<string, string>>;

/** `host`: becomes the dialog's parent. Resolves with what was filled in, or null if the reader does not want it. */
export function ask(
  host: HTMLElement,
  { title, hint, fields = [], does, cancel, isHarsh = false }: Question,
): Promise<Filled | null> {
  const no = element("button", { type: "button" }, cancel);
  const yes = element("button", { type: "submit", class: isHarsh ? "harsh primary" : "primary" }, does);
  const form = element(
    "form",
    { method: "dialog" },
    ...(hint === undefined ? [] : [element("p", { class: "hint" }, hint)]),
    ...fields.flatMap(fieldOf),
    element("div", { class: "buttons" }, no, yes),
  );
  return new Promise((resolve) => {
    let filled: Filled | null = null;
    const dialog = showDialog(host, title, form, () => resolve(filled));
    no.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      filled = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
      dialog.close();
    });
    // What cannot be undone is not under the first key.
    if (isHarsh && fields.length === 0) no.focus();
  });
}

/** Opens a modal dialog; the browser returns the focus to where it was. */
export function showDialog(
  host: HTMLElement,
  title: string,
  content: HTMLElement,
  onClose: () => void,
): HTMLDialogElement {
  const heading = element("h2", { id: "dialog-title" }, title);
  const dialog = element("dialog", { "aria-labelledby": heading.id }, heading, content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
  });
  host.append(dialog);
  dialog.showModal();
  return dialog;
}

function fieldOf(field: Field): HTMLElement[] {
  const { name, label } = field;
  const id = `dialog-${name}`;
  const labelled = (control: HTMLElement) =>
    element("div", { class: "field" }, element("label", { for: id }, label), control);
  switch (field.kind) {
    case "select": {
      const options = field.options.map(([value, shown]) => element("option", { value }, shown));
      return [labelled(element("select", { id, name }, ...options))];
    }
    case "text":
      return [
        labelled(element("input", { id, name, maxlength: String(field.maxLength), autocomplete: "off" })),
      ];
    case "secret": {
      const user = { type: "text", name: "username", autocomplete: "username", value: field.user };
      const limits = { minlength: "8", maxlength: "128" };
      return [
        element("input", { ...user, readonly: true, hidden: true }),
        labelled(element("input", { id, name, type: "password", autocomplete: "new-password", ...limits })),
      ];
    }
  }
}
