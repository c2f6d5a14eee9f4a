/**
 * Whether all decimal digits are of one numbering system (UTS #39, section 5.3): ৪ of Bengali looks like 8.
 */
export function hasOneNumbering(text: string): boolean {
  const zeros = new Set(Array.from(text.matchAll(/\p{Nd}/gu), ([digit]) => zeroOf(digit)));
  return zeros.size < 2;
}

/** The code point of the zero that belongs to a decimal digit. */
export function zeroOf(digit: string): number {
  const point = digit.codePointAt(0)!;
  let first = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  // Unicode keeps the digits of a system together, from zero to nine; some systems stand back to back.
  return first + 10 * Math.floor((point - first) / 10);
}
