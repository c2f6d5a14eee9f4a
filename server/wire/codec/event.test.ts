import { toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { SubscribeResponseSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import { decodeEntry } from "../../feed/encoding.js";
import { writeRecord } from "../../room/log/record.js";
import { encodeEvent, frameOfEntry, responseOfEntry } from "./event.js";

const moments = [0, 1, 999, 127_000, 128_000, 1_750_000_000_456, 4_294_967_296_001];
const nonce = Uint8Array.of(255, 0, 1, 2, 3, 4, 5, 6);
const lengths = [0, 1, 60, 127, 128, 16_200, 16_384, 40_000, 2_100_000];

it.each(moments)("writes the bytes that the protobuf library writes, at %d ms", (at) => {
  for (const length of lengths) {
    for (const seq of [1, 281_474_976_710_655]) {
      const sender = { id: "id-of-ann", nickname: "ann" };
      const data = writeRecord(
        { kind: "group_message", sender, text: "x".repeat(length) },
        encodeEvent,
        nonce,
      );
      const entry = decodeEntry({ seq, at, data }, "an-epoch_with_24_letters");
      const frame = frameOfEntry(entry, 3).subarray(3);
      expect(frame.equals(toBinary(SubscribeResponseSchema, responseOfEntry(entry)))).toBe(true);
    }
  }
});
