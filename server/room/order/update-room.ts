import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { checkText } from "../rules/text.js";
import type { Actions } from "./acting/actions.js";
import { type Actor, checkDuration, checkLine, current, requireRole } from "./acting/target.js";
import { ROOM_KEY, type RoomState } from "./order.js";

/** Bytes of UTF-8. */
const MAX_TITLE_BYTES = 128;
const MAX_MOTD_BYTES = 4_096;
const MAX_MOTD_LINES = 100;
const MAX_SLOW_MODE_MS = 3_600_000;
const MAX_CLOSE_MS = 30 * 86_400_000;

/** What is undefined remains as it is. */
export interface UpdateRoomRequest {
  readonly title?: string;
  readonly entry?: RoomState["entry"];
  readonly speaking?: RoomState["speaking"];
  readonly slowModeMs?: number;
  readonly registration?: boolean;
  readonly motd?: string;
  /** 0: opens the door. */
  readonly closeForMs?: number;
}

/** UpdateRoom: changes the room's settings, all that is asked for or nothing. Returns the room from now on. */
export async function updateRoom(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  request: UpdateRoomRequest,
): Promise<RoomState> {
  const { order } = context;
  const { title, entry, registration, motd } = request;
  const isForOwners = [title, entry, registration, motd].some((value) => value !== undefined);
  requireRole(actor, isForOwners ? "OWNER" : "MODERATOR");
  check(context, request);
  return actions.inTurn(async () => {
    await current(context);
    const before = order.state;
    const wanted = wantedOf(context, request);
    const json = { ...order.changes, ...wanted };
    const after = order.preview(json);
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (name) => before[name as keyof RoomState] !== after[name as keyof RoomState],
    );
    if (changed.length === 0) return before;
    const { version } = await order.stored.read(ROOM_KEY);
    const { motd: _, ...room } = after;
    const isShown = changed.some((name) => name !== "motd");
    await actions.perform(actor, {
      action: "UPDATE_ROOM",
      write: { key: ROOM_KEY, json, version },
      ...(isShown && { room }),
    });
    return order.state;
  });
}

function check({ order }: RoomContext, request: UpdateRoomRequest): void {
  const { title, entry, slowModeMs, motd, closeForMs } = request;
  if (title !== undefined) checkTitle(title);
  if (motd !== undefined && motd !== "") checkMotd(motd);
  if (slowModeMs !== undefined) checkDuration("slow_mode", slowModeMs, 0, MAX_SLOW_MODE_MS);
  if (closeForMs !== undefined) checkDuration("close_for", closeForMs, 0, MAX_CLOSE_MS);
  if (entry !== undefined && (entry === "EXTERNAL" || order.isEntryExternal))
    throw new Refusal("REQUEST_INVALID", { field: "entry", rule: "configured" });
}

function checkTitle(title: string): void {
  if (new TextEncoder().encode(title).length > MAX_TITLE_BYTES)
    throw new Refusal("REQUEST_INVALID", { field: "title", rule: "too_long", limit: MAX_TITLE_BYTES });
  checkLine("title", title);
}

function checkMotd(motd: string): void {
  try {
    checkText(motd, { maxTextBytes: MAX_MOTD_BYTES, maxTextLines: MAX_MOTD_LINES });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { rule, limit } = error.detail;
    const tooLong = rule === "too_long" && { limit: limit! };
    throw new Refusal("REQUEST_INVALID", { field: "motd", rule: tooLong ? rule : "text", ...tooLong });
  }
}

function wantedOf({ clock }: RoomContext, request: UpdateRoomRequest): Partial<RoomState> {
  const { closeForMs, ...settings } = request;
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const until =
    closeForMs === undefined ? {} : { closedUntil: closeForMs === 0 ? 0 : clock.now() + closeForMs };
  return { ...Object.fromEntries(given), ...until };
}
