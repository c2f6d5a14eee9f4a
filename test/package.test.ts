import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";

const fileOf = (name: string) => fileURLToPath(import.meta.resolve(name));

describe("what other projects take from the package", () => {
  test("the image of the schema, to check against and to generate from", () => {
    const image = fromBinary(FileDescriptorSetSchema, readFileSync(fileOf("parlance-chat/proto")));
    const services = image.file.flatMap(({ service }) => service.map(({ name }) => name));
    expect(services).toEqual(["ChatService"]);
  });

  test.each(["chat_service", "event", "user", "error"])("%s.proto itself", (name) => {
    const text = readFileSync(fileOf(`parlance-chat/proto/parlance/v1/${name}.proto`), "utf8");
    expect(text).toContain("package parlance.v1;");
  });
});
