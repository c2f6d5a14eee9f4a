import type { ModerationWords } from "./moderation-zh-CN.js";

export const moderationEn: ModerationWords = {
  removed: (names) =>
    names.length === 1
      ? `${names[0]} was removed by a moderator`
      : `${names[0]} and ${names.length - 1} more were removed by a moderator`,
  announcementTag: "[announcement]",
  redacted: (nickname, count) => {
    const what = count === 1 ? "1 message" : `${count} messages`;
    return `${what} ${nickname === null ? "of yours" : `of ${nickname}`} ${count === 1 ? "was" : "were"} erased`;
  },
  aModerator: "a moderator",
  theOperator: "the operator",
  named: (nickname) => nickname,
  you: "you",
  aNetwork: "a network",
  actions: {
    KICK: (who, whom) => `${who} removed ${whom} from the room`,
    BAN: (who, whom) => `${who} banned ${whom}`,
    UNBAN: (who, whom) => `${who} lifted the ban of ${whom}`,
    MUTE: (who, whom) => `${who} muted ${whom}`,
    UNMUTE: (who, whom) => `${who} lets ${whom} speak again`,
    ERASE: (who, whom) => `${who} erased what ${whom} sent`,
    ANNOUNCE: (who) => `${who} made an announcement`,
    CREATE_INVITE: (who) => `${who} issued an invite`,
    REVOKE_INVITE: (who) => `${who} revoked an invite`,
    UPDATE_ROOM: (who) => `${who} changed the room's settings`,
    UPDATE_NICKNAME: (who, whom) => `${who} changed ${whom === "you" ? "your" : `${whom}'s`} registration`,
    UNKNOWN: (who) => `${who} acted`,
  },
  withDetails: (text, details) => (details.length > 0 ? `${text} (${details.join(", ")})` : text),
  forTime: (duration) => `for ${duration}`,
  reference: (id) => `id ${id}`,
  because: (text, reason) => `${text}: ${reason}`,
  roomChanged: (facts) => `the room now: ${facts.join(", ")}`,
  title: (title) => `"${title}"`,
  entry: {
    OPEN: "open to everyone",
    INVITE: "by passphrase or invite",
    REGISTERED: "for registered nicknames",
    EXTERNAL: "for users of its application",
    UNKNOWN: "entry by a rule that this client does not know",
  },
  speaking: {
    EVERYONE: "everyone may speak",
    REGISTERED: "registered nicknames may speak",
    MODERATORS: "only moderators may speak",
    UNKNOWN: "speaking by a rule that this client does not know",
  },
  slowMode: (duration) => `one message per ${duration}`,
  closed: (duration) => `closed to guests for ${duration}`,
  owner: (nickname) => (nickname === null ? "you are an owner now" : `${nickname} is an owner now`),
  moderator: (nickname) => (nickname === null ? "you are a moderator now" : `${nickname} is a moderator now`),
  registered: (nickname) =>
    nickname === null ? "your nickname is registered now" : `the nickname ${nickname} is registered now`,
  guest: (nickname) =>
    nickname === null
      ? "your nickname is no longer registered"
      : `the nickname ${nickname} is no longer registered`,
};
