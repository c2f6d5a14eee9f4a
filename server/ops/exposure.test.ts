import { expect, test } from "vitest";
import { exposureWarning } from "./exposure.js";

test.each(["0.0.0.0", "::", "10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.0.0.1"])(
  "%s without TLS is worth a warning",
  (host) => {
    expect(exposureWarning(host, false)).toMatch(
      /no TLS: tokens .* cleartext; nicknames are not authenticated$/,
    );
    expect(exposureWarning(host, true)).toBeUndefined();
  },
);

test.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("%s is this machine alone", (host) => {
  expect(exposureWarning(host, false)).toBeUndefined();
});
