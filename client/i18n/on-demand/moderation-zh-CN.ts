/** What moderators do, in words. The type of the other catalogs is derived from this one. */
export const moderationZhCN = {
  removed: (names: readonly string[]) =>
    names.length === 1 ? `${names[0]} 被管理员移出了` : `${names[0]} 等 ${names.length} 人被管理员移出了`,
  /** In front of the text. */
  announcementTag: "[公告]",
  /** `nickname`: null for the reader. */
  redacted: (nickname: string | null, count: number) =>
    `${nickname === null ? "你的" : `${nickname} 的`} ${count} 条消息被删除了`,
  /** Who acted, as far as it is known. */
  aModerator: "管理员",
  theOperator: "服务器的管理者",
  /** A nickname as one who acted, or whom it concerns. */
  named: (nickname: string) => ` ${nickname} `,
  /** Whom it concerns, if not another member. */
  you: "你",
  aNetwork: "一个网络",
  actions: {
    KICK: (who: string, whom: string) => `${who}把${whom}移出了`,
    BAN: (who: string, whom: string) => `${who}禁止${whom}进入`,
    UNBAN: (who: string, whom: string) => `${who}允许${whom}再进入`,
    MUTE: (who: string, whom: string) => `${who}禁止${whom}发言`,
    UNMUTE: (who: string, whom: string) => `${who}允许${whom}再发言`,
    ERASE: (who: string, whom: string) => `${who}删除了${whom}的消息`,
    ANNOUNCE: (who: string) => `${who}发了公告`,
    CREATE_INVITE: (who: string) => `${who}发了邀请`,
    REVOKE_INVITE: (who: string) => `${who}撤销了邀请`,
    UPDATE_ROOM: (who: string) => `${who}改了房间的设置`,
    UPDATE_NICKNAME: (who: string, whom: string) => `${who}改了${whom}的注册`,
    UNKNOWN: (who: string) => `${who}做了一项管理操作`,
  },
  /** Behind the action. `details`: see below. */
  withDetails: (text: string, details: readonly string[]) =>
    details.length > 0 ? `${text}（${details.join("，")}）` : text,
  forTime: (duration: string) => duration,
  reference: (id: string) => `编号 ${id}`,
  because: (text: string, reason: string) => `${text}：${reason}`,
  roomChanged: (facts: readonly string[]) => `房间现在是：${facts.join("，")}`,
  title: (title: string) => `「${title}」`,
  entry: {
    OPEN: "谁都可以进来",
    INVITE: "凭口令或邀请进来",
    REGISTERED: "只有注册过的昵称可以进来",
    EXTERNAL: "只有所属应用的用户可以进来",
    UNKNOWN: "进来的规则这个客户端不认识",
  },
  speaking: {
    EVERYONE: "谁都可以发言",
    REGISTERED: "只有注册过的昵称可以发言",
    MODERATORS: "只有管理员可以发言",
    UNKNOWN: "发言的规则这个客户端不认识",
  },
  slowMode: (duration: string) => `每人每 ${duration}最多一条`,
  closed: (duration: string) => `${duration}内不让访客进来`,
  /** `nickname`: null for the reader. */
  owner: (nickname: string | null) => `${nickname === null ? "你" : `${nickname} `}现在是房主`,
  moderator: (nickname: string | null) => `${nickname === null ? "你" : `${nickname} `}现在是管理员`,
  registered: (nickname: string | null) =>
    nickname === null ? "你的昵称注册好了" : `${nickname} 这个昵称已注册`,
  guest: (nickname: string | null) =>
    nickname === null ? "你的昵称不再是注册的" : `${nickname} 这个昵称不再是注册的`,
};

export type ModerationWords = typeof moderationZhCN;
