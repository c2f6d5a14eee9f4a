import { Role as RoleNumber, type User } from "../../gen/parlance/v1/user_pb.js";

/** What a person may do; one of a later schema counts as a member. */
export type Role = "MEMBER" | Exclude<keyof typeof RoleNumber, "UNSPECIFIED">;

/** Roles from the lowest: who has a role can act on those below it. */
export const RANKS: Readonly<Record<Role, number>> = { MEMBER: 0, MODERATOR: 1, OWNER: 2 };

/** A member of the room. */
export interface Person {
  readonly nickname: string;
  /** `User.id`: the same nickname with another id is another person. "" if it is not known. */
  readonly id: string;
}

/** A person as all members see it. */
export interface Member extends Person {
  /** Whether the nickname is this person's own. */
  readonly registered: boolean;
  readonly role: Role;
  /** Whether it is a program that said so. */
  readonly bot: boolean;
}

export function memberOf(user: User | undefined): Member {
  const { nickname = "", id = "", registered = false, bot = false } = user ?? {};
  return { nickname, id, registered, role: roleOf(user?.role ?? RoleNumber.UNSPECIFIED), bot };
}

function roleOf(role: RoleNumber): Role {
  const name = RoleNumber[role] as keyof typeof RoleNumber | undefined;
  return name === undefined || name === "UNSPECIFIED" ? "MEMBER" : name;
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

/** Whether a value of JSON that was kept is a person as whom it was kept. */
export function isKeptPerson(value: unknown): value is Pick<Member, "nickname" | "id" | "registered"> {
  if (value === null || typeof value !== "object") return false;
  const { nickname, id, registered } = value as Partial<Member>;
  return typeof nickname === "string" && typeof id === "string" && typeof registered === "boolean";
}
