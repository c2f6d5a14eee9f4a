import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import type { Room } from "../room/room.js";
import { roomOf } from "../wire/codec/room.js";

export interface GetRoomDeps {
  readonly room: Pick<Room, "state" | "counts">;
  readonly limits: Limits;
  /** Name and version of the server's software. */
  readonly software: string;
}

/** GetRoom: what a caller may know before entering. */
export function getRoom({ room, limits, software }: GetRoomDeps): ServiceImpl<typeof ChatService>["getRoom"] {
  return (_, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    return { room: roomOf(room.state, room.counts().members), limits, software };
  };
}
