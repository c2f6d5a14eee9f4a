/** Who a session is in the room. */
export interface Self {
  readonly nickname: string;
  /** Member id: another login under the same nickname has another one. "" if it is not known. */
  readonly id: string;
}

/** Equal for nicknames that the client treats as one. The server alone decides who exists. */
export function nameKey(nickname: string): string {
  return nickname.normalize("NFC").toLowerCase();
}
