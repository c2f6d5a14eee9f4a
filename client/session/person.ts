/** A member of the room. */
export interface Person {
  readonly nickname: string;
  /** `User.id`: the same nickname with another id is another person. "" if it is not known. */
  readonly id: string;
}

/**
 * Equal for nicknames that the client treats as one, without regard to case and width. The server alone decides who
 * exists.
 */
export function nameKey(nickname: string): string {
  return nickname.normalize("NFKC").toLowerCase();
}

/** Whether `person` is `self`. By the name where a session of unknown id was resumed. */
export function isSame(self: Person, person: Person): boolean {
  if (self.id !== "" && person.id !== "") return self.id === person.id;
  return nameKey(self.nickname) === nameKey(person.nickname);
}
