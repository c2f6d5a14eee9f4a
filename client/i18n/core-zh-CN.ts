/** The words that the page needs from the start. */

export const quoted = (text: string) => `「${text}」`;

export const duration = (ms: number): string => {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} 秒`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} 分钟`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} 小时`;
  return `${Math.round(seconds / 86_400)} 天`;
};

export const coreZhCN = {
  /** BCP 47 tag, for Intl and `accept-language`. */
  locale: "zh-CN" as "zh-CN" | "en",

  /** Local date without the year. */
  day: (at: number, timeZone?: string): string => {
    const zone = timeZone ? { timeZone } : {};
    const date = new Intl.DateTimeFormat("zh-CN", { month: "numeric", day: "numeric", ...zone });
    const weekday = new Intl.DateTimeFormat("zh-CN", { weekday: "short", ...zone });
    const part = (type: "month" | "day") => date.formatToParts(at).find((p) => p.type === type)?.value;
    return `${part("month")}月${part("day")}日 ${weekday.format(at)}`;
  },
  duration,

  /** First run: the question for a nickname. */
  login: {
    rule: "你的昵称（1-24 列，一个汉字占 2 列；汉字、字母、数字、_ 和 -）",
  },

  spoken: {
    privateTag: "[私聊]",
    you: "你",
    /** Behind the name of a program. */
    botTag: "[机器人]",
  },

  notice: {
    /** `online`: null if it is not known. */
    welcome: (nickname: string, online: number | null) =>
      `${nickname} 进来了${online === null ? "" : `，现在 ${online} 人在线`}`,
    /** Appended to `welcome` where the reader can type. */
    welcomeHint: "。直接打字就是群聊，输入 /help 看命令",
    joined: (names: readonly string[]) =>
      names.length === 1 ? `${names[0]} 进来了` : `${names[0]} 等 ${names.length} 人进来了`,
    left: (names: readonly string[]) =>
      names.length === 1 ? `${names[0]} 离开了` : `${names[0]} 等 ${names.length} 人离开了`,
    resumed: (missed: boolean): string => (missed ? "已恢复连接" : "已恢复连接，没有漏掉消息"),
    storeReplaced: "服务器重启过，之前的聊天记录没有保留",
    logWentBack: "服务器的记录退回到了更早，从现在继续",
    ignoring: "已忽略群聊：只显示私聊和提示。再输入 /i 恢复",
    ignoringEnded: (skipped: number | null) =>
      skipped === null ? "已恢复群聊" : `已恢复群聊，忽略期间略过了 ${skipped} 条`,
    /** The recipient has no connection. `ms`: how long they may stay away; 0 if unknown. */
    away: (nickname: string, ms: number) =>
      `${nickname} 暂时不在：${ms > 0 ? `${duration(ms)}内` : "及时"}回来才能收到`,
    stored: (nickname: string) => `${nickname} 现在不在：等 ${nickname} 回来就能收到`,
    goodbye: {
      SHUTTING_DOWN: "服务器正在关闭",
      LOGGED_OUT: "已在别处退出登录",
      TOO_SLOW: "接收太慢，服务器断开了连接",
      SESSION_EXPIRED: "会话已过期",
      REPLACED: "这个会话在别处打开，占用了这里的连接",
      REMOVED: "你被管理员移出了聊天室。可以再进来",
      BANNED: "你已被管理员禁止进入聊天室。要申诉，请把编号告诉管理员",
      UNKNOWN: "服务器断开了连接",
    },
  },

  rule: {
    before: (count: number) => `以上 ${count} 条是你进来之前的消息`,
    offline: (ms: number, count: number | null) =>
      count === null ? `断线 ${duration(ms)}，补收如下` : `断线 ${duration(ms)}，补收 ${count} 条`,
    whileAway: (count: number | null) =>
      count === null ? "你不在的时候，消息如下" : `你不在的时候有 ${count} 条消息`,
    history: (count: number, older: boolean) => (older ? `更早的 ${count} 条` : `最近的 ${count} 条`),
    /** `count` 0: nothing was found. */
    found: (text: string, count: number, older: boolean): string => {
      if (count === 0) return older ? `更早的消息里没有${quoted(text)}了` : `没有找到含${quoted(text)}的消息`;
      return `${older ? "更早的还有" : "找到"} ${count} 条含${quoted(text)}的消息`;
    },
    foundEnd: (atStart: boolean): string => (atStart ? "保留的记录都找过了" : "要往更早找，再输入 /find"),
    historyEnd: (atStart: boolean): string =>
      atStart ? "历史到此为止，更早的没有保留" : "历史到此，再输入 /history 看更早的",
    readUpTo: "以下是新消息",
    /** `ms`: null if it is not known. */
    trimmed: (ms: number | null) =>
      `${ms === null ? "你不在的时候" : `断线 ${duration(ms)}`}，服务器只留了最近的消息，更早的看不到了`,
  },

  users: {
    heading: (total: number) => (total === 0 ? "现在没有人在线" : `在线 ${total} 人：`),
    self: "你",
    more: (count: number) => `还有 ${count} 人`,
    /** What is known of a person or a ban. */
    facts: (facts: readonly string[]) => facts.join("，"),
    owner: "房主",
    moderator: "管理员",
    registered: "注册过",
    bot: "机器人",
    ignored: "已忽略",
  },

  help: {
    text: { usage: "文字", summary: "发到群聊" },
    private: { usage: "@昵称 文字", summary: "发私聊，例：@alice 你好" },
    ls: { usage: "/ls", summary: "看谁在线" },
    ignore: { usage: "/i", summary: "忽略群聊 / 恢复群聊（开关）" },
    reply: { usage: "/reply 文字", summary: "回复最近私聊的人" },
    history: { usage: "/history [N]", summary: "看最近 N 条（默认 20），再输入看更早的" },
    find: { usage: "/find [文字]", summary: "在聊天记录里找；不写文字就往更早找" },
    quote: {
      usage: "/quote [@昵称] 文字",
      summary: "引用别人（或这个人）最后的一句话来回复：群聊的回群里，私聊的回私聊",
    },
    edit: { usage: "/edit 文字", summary: "把自己最后一条消息改成这样" },
    register: { usage: "/register [密码]", summary: "把昵称注册成自己的；不写密码就由服务器生成" },
    unregister: { usage: "/unregister", summary: "放弃注册的昵称" },
    redact: { usage: "/redact [N | @昵称]", summary: "删除自己最后（或倒数第 N）条消息；@昵称 是别人的" },
    kick: { usage: "/kick 昵称 [原因]", summary: "移出房间，可以再进来" },
    ban: { usage: "/ban 昵称 [1h] [原因]", summary: "禁止进入；也可以写地址或网络" },
    bans: { usage: "/bans", summary: "看有哪些禁令" },
    unban: { usage: "/unban 编号", summary: "解除禁令" },
    mute: { usage: "/mute 昵称 10m [原因]", summary: "禁止发言；写 0 就恢复" },
    erase: { usage: "/erase 昵称 [10m]", summary: "删除这个人最近（默认 10 分钟）的消息" },
    announce: { usage: "/announce 文字", summary: "发公告，所有人都收到" },
    invite: { usage: "/invite [次数] [7d]", summary: "发邀请码（默认 1 次、7 天；0 不限次数）" },
    close: { usage: "/close [10m]", summary: "暂时不让访客进来（默认 10 分钟；0 重新打开）" },
    ignorePerson: { usage: "/ignore [昵称]", summary: "不看这个人的消息；不写昵称就列出忽略了谁" },
    showPerson: { usage: "/unignore 昵称", summary: "恢复显示这个人的消息" },
    reconnect: { usage: "/reconnect", summary: "立即重新连接" },
    clear: { usage: "/clear", summary: "清屏" },
    help: { usage: "/help [keys]", summary: "显示这份帮助；keys 看按键，也可以写命令名" },
    quit: { usage: "/quit 或 Ctrl-D", summary: "退出" },
    /** Below the rows, one row where the screen is wide enough. */
    footer: "其它以 / 开头的内容不会发出去。/say 文字 会原样发给所有人；/msg 昵称 文字 就是 @昵称 文字。",
  },

  /** How the other ways to write a message are typed. */
  forms: { msg: "/msg 昵称 文字", query: "/query 昵称", say: "/say 文字" },
  /** What serves here in place of a command of other chats. */
  habits: {
    room: "一台服务器就是一个房间：先 /quit，再用 parlance --server 地址 进另一个",
    nickname: "昵称在登录时选定：先 /quit，再用 parlance -n 昵称 进来",
    action: "没有动作消息，直接用文字说就行",
    away: "不在就 /quit。注册过的昵称（/register）回来时能收到不在时的私聊",
    roles: "权限和房间设置由服务器的管理者用 parlance-server moderate 管理",
    whois: "/ls 显示谁注册过、谁是管理员、谁是机器人",
    identify: "客户端会用存着的密码登录，没有就会问你；/register 把昵称注册成自己的",
    search: "/find 文字 在以前的消息里查找，/history 看更早的消息",
    raw: "/help 看有哪些命令；按键和别名写在配置文件里",
  },

  status: {
    connecting: "正在连接",
    connected: "已连接",
    online: (count: number) => `${count} 人在线`,
    ignoring: "忽略群聊中",
    pending: (count: number) => `${count} 条待发送`,
    reconnecting: "重连中",
    attempt: (attempt: number) => `第 ${attempt} 次`,
    disconnected: "连接已断开",
  },

  /** A row of a line that is not sent yet, or whose response is late. */
  pending: {
    place: (place: number, total: number) => `${place}/${total}`,
    waiting: (ms: number) => `（限速，${Math.ceil(ms / 1000)} 秒）`,
    unconfirmed: "（还没确认）",
    held: "（没有发出）",
  },
};

export type CoreWords = typeof coreZhCN;
