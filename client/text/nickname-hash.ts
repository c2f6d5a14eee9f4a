/** FNV-1a, 32 bits (draft-eastlake-fnv), over UTF-8. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Selects one of 16 colours (modulo 16), the same in every client for any spelling of a nickname. */
export function nicknameHash(nickname: string): number {
  return fnv1a(nickname.normalize("NFC").toLowerCase());
}
