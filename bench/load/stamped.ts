import type { Publisher, PublisherNeeds } from "./dialect.js";
import type { Link } from "./link.js";
import { markedText, readMarker, stampId } from "./marker.js";

/** Makes frames by id: `frame` is built once around a marked text of `textBytes`, then copied and stamped. */
export function stampedFrames(
  textBytes: number,
  frame: (text: string) => Buffer,
): { readonly at: number; make(id: number): Buffer } {
  const template = frame(markedText(0, textBytes));
  const at = template.findIndex((_, index) => readMarker(template, index) === 0);
  if (at < 0) throw new Error("this framing changes the marker");
  return {
    at,
    make(id) {
      const copy = Buffer.from(template);
      stampId(copy, at, id);
      return copy;
    },
  };
}

/** A publisher in a protocol without responses: a message counts as confirmed once it is written. */
export function oneWayPublisher(
  link: Link,
  needs: PublisherNeeds,
  frame: (text: string) => Buffer,
  refusal?: RegExp,
): Publisher {
  const frames = stampedFrames(needs.textBytes, frame);
  link.onEnd(() => needs.failed("the server ended a publisher's connection"));
  link.read((bytes, length) => {
    if (refusal === undefined) return;
    const text = bytes.toString("latin1", 0, length);
    if (refusal.test(text)) needs.failed(`the server refused: ${text.trim().slice(0, 200)}`);
  });
  return {
    slots: needs.slots,
    publish(slot, id) {
      link.write(frames.make(id));
      needs.confirmed(slot);
    },
  };
}
