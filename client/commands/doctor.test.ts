import { describe, expect, it } from "vitest";
import { cliEn as en } from "../i18n/cli-en.js";
import { clockOffsetOf, clockRow } from "./doctor.js";

const noon = Date.UTC(2026, 10, 26, 12);
const date = new Date(noon).toUTCString();
const row = (sentMs: number, receivedMs: number) => {
  const offset = clockOffsetOf(date, sentMs, receivedMs);
  return offset && clockRow(offset, en.doctorRows);
};

describe("the clock offset", () => {
  it("is a bound where the clocks may agree, for the header is up to 2 s old", () => {
    expect(row(noon, noon + 5)).toBe("less than 2 s");
    expect(row(noon + 995, noon + 1_000)).toBe("less than 2 s");
    expect(row(noon + 1_995, noon + 2_000)).toBe("less than 2 s");
    expect(row(noon + 500, noon + 2_500)).toBe("less than 3 s");
  });

  it("is a range where they cannot", () => {
    expect(row(noon - 60_000, noon - 59_990)).toBe("server 59 to 62 s ahead");
    expect(row(noon + 60_000, noon + 60_010)).toBe("server 58 to 61 s behind");
  });

  it("is not known without the header", () => {
    expect(clockOffsetOf("", noon, noon)).toBeUndefined();
  });
});
