/** Markup and style of the page, for the shadow root of an element. `build.mjs` defines both. */

import { element } from "../dom.js";

declare const ROOM_MARKUP: string;
declare const ROOM_STYLE: string;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createHTML: (html: string) => string },
  ): { createHTML(html: string): string };
}

let style: CSSStyleSheet | undefined;
let template: HTMLTemplateElement | undefined;

/** As it is at first, whatever was in it before. */
export function fillShadow(root: ShadowRoot): void {
  // A constructed style sheet needs no permission of the host page's policy, as a <style> would.
  style ??= constructed(ROOM_STYLE);
  template ??= templateOf(ROOM_MARKUP);
  root.adoptedStyleSheets = [style];
  root.replaceChildren(template.content.cloneNode(true));
}

function constructed(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}

/** The landmarks and the heading are the host page's own to have: here they are none, and one below it. */
function templateOf(html: string): HTMLTemplateElement {
  const made = document.createElement("template");
  made.innerHTML = trusted(html);
  const main = made.content.querySelector("main")!;
  main.replaceWith(element("div", { id: main.id }, ...main.childNodes));
  made.content.querySelector("header")!.setAttribute("role", "none");
  made.content.querySelector("h1")!.setAttribute("aria-level", "2");
  return made;
}

/** For host pages that require trusted types: the policy `parlance-room` passes this one constant. */
function trusted(html: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return html;
  const policy = trustedTypes.createPolicy("parlance-room", {
    createHTML(markup) {
      if (markup !== ROOM_MARKUP) throw new TypeError("not the markup of the room");
      return markup;
    },
  });
  return policy.createHTML(html);
}
