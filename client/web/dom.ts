/** Elements from attributes and text. Text is only ever set as text: the page contains no markup from elsewhere. */

type Child = Node | string;

/** `attributes`: an absent one is left out; `true` is an attribute without a value. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  made.append(...children);
  return made;
}

/** Returns the element of the markup with this id. */
export type ById = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  id: string,
) => HTMLElementTagNameMap[Tag];

/** `root`: contains the markup of index.html's body. */
export function finderIn(root: Document | ShadowRoot): ById {
  return <Tag extends keyof HTMLElementTagNameMap>(tag: Tag, id: string) => {
    const found = root.getElementById(id);
    if (found?.localName !== tag) throw new Error(`the markup has no ${tag} ${id}`);
    return found as HTMLElementTagNameMap[Tag];
  };
}

/** What has the focus in the document or the shadow root that contains `node`. */
export function focusedBeside(node: Node): Element | null {
  return (node.getRootNode() as Document | ShadowRoot).activeElement;
}

/** Sets a text only if it is another one: screen readers announce what is set. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
