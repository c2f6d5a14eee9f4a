import { expect, test } from "vitest";
import { duplicateKey } from "./json-keys.js";

test.each([
  ['{"a":1,"a":2}', "a"],
  ['{"x":{"b":1,"c":[{"b":2}],"b":3}}', "b"],
  ['[{"a":1},{"a":1,"\\u0061":2}]', "a"],
  ['{"a\\"":"}","a\\"":1}', 'a"'],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
])("%s has a key twice", (json, key) => {
  JSON.parse(json);
  expect(duplicateKey(json)).toBe(key);
});

test.each([
  '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
  '{"a":"a\\":1,\\"a\\":2","b":"{\\"b\\":"}',
  '["a","a"]',
  '{"a":"\\\\","b":1}',
  "1",
])("%s does not", (json) => {
  JSON.parse(json);
  expect(duplicateKey(json)).toBeUndefined();
});

test("spellings of one key are one", () => {
  const json = '{"requestId":"1","request_id":"2"}';
  expect(duplicateKey(json)).toBeUndefined();
  expect(duplicateKey(json, (key) => key.replace("_id", "Id"))).toBe("request_id");
});
