import type { FeedRun, Frame, History, Logged, Request } from "./history.js";

export const epoch = "E2";

type Person = "ada" | "bob";
/** A member joins. */
const coming = (id: string) => ({ kind: "joined", ids: [id], nickname: id }) as const;

/** A short log: both join and send, ada ignores group messages for a while, bob leaves. */
export const log: readonly Logged[] = [
  { ...coming("ada"), content: "+ada" },
  { ...coming("bob"), content: "+bob" },
  message("bob", "b1 hello"),
  { kind: "ignore_on" as const, ids: ["ada"], content: "ignoring: true" },
  message("bob", "b2 passed over"),
  { kind: "private_message" as const, ids: ["bob", "ada"], content: "b3 psst", text: "b3 psst" },
  { kind: "ignore_off" as const, ids: ["ada"], content: "ignoring: false" },
  message("ada", "a1 heard"),
  { kind: "left" as const, ids: ["bob"], nickname: "bob", content: "-bob" },
].map((entry, i) => ({ ...entry, id: `id-${i + 1}`, seq: i + 1, at: 1_000 + i }));

export function message(id: Person, text: string) {
  return { kind: "group_message" as const, ids: [id], content: text, text };
}

export function request(
  memberId: Person,
  requestId: string,
  seq: number,
  begun: number,
  done = begun + 1,
): Request {
  return { memberId, requestId, begun, done, answers: [{ id: `id-${seq}`, seq, at: 999 + seq }] };
}

export const note = (seq: number): Frame => ({ kind: "note", epoch, seq, content: "" });
export const event = (seq: number): Frame => {
  const { id, content } = log[seq - 1]!;
  return { kind: "event", epoch, seq, id, content };
};
/** caught_up. */
export const counted = (seq: number, online: number): Frame => ({ ...note(seq), online });

/** ada's two streams: up to 3, and from there to the end. */
export const streams: readonly FeedRun[] = [
  { memberId: "ada", frames: [note(1), event(2), event(3)] },
  {
    memberId: "ada",
    after: { epoch: "E1", seq: 3 },
    frames: [note(3), event(4), event(6), event(7), event(8), event(9), counted(9, 1)],
  },
];

export const sound: History = {
  log,
  ends: new Map([["E1", 4]]),
  epoch,
  claimed: ["ada"],
  requests: [
    request("bob", "b1", 3, 1),
    request("bob", "b2", 5, 3),
    request("bob", "b3", 6, 5),
    request("ada", "a1", 8, 7),
  ],
  toggles: new Map([["ada", 2]]),
  feeds: streams,
};
