/** Dialogs of the page: what they ask, and the button that does it. */
export const dialogsZhCN = {
  redact: (nickname: string | null) =>
    nickname === null ? "删除你的这条消息？" : `删除 ${nickname} 的这条消息？`,
  redactHint: "所有人都看不到了，删了就拿不回来",
  redactDo: "删除",
  mute: (nickname: string) => `禁止 ${nickname} 发言？`,
  muteDo: "确定",
  kick: (nickname: string) => `把 ${nickname} 移出房间？`,
  kickHint: "可以再进来",
  kickDo: "移出",
  ban: (nickname: string) => `禁止 ${nickname} 进入？`,
  banDo: "禁止进入",
  erase: (nickname: string) => `删除 ${nickname} 最近的消息？`,
  eraseHint: "群聊和私聊都删，所有人都看不到了，删了就拿不回来",
  eraseDo: "删除",
  forTime: "多久",
  since: "多久以内的",
  endless: "一直",
  /** Ends a mute. */
  unmute: "解除，可以再发言",
  reason: "原因（可以不写，本人看得到）",
  register: (nickname: string) => `把 ${nickname} 注册成你的昵称`,
  registerHint: "注册之后，凭密码才能用这个昵称，你不在时也不会被别人用走",
  chosen: "自己定一个密码（不写就由服务器生成，更安全）",
  registerDo: "注册",
  /** The secret follows, this once. */
  secretMade: (nickname: string) => `${nickname} 的密码`,
  secretHint: "请现在记下来，或者存进密码管理器。关上之后不会再显示，这个页面也不保存",
  copy: "复制",
  copied: "已复制",
  secretKept: "记好了",
  unregister: (nickname: string) => `放弃注册 ${nickname}？`,
  unregisterHint: "之后别人也能注册它，权限和收着的私聊也没有了",
  unregisterDo: "放弃",
  invite: "发邀请码",
  uses: "可以用几次",
  usesOf: (count: number) => (count === 0 ? "不限次数" : `${count} 次`),
  inviteDo: "发邀请码",
};

export type DialogWords = typeof dialogsZhCN;

/** Notifications, in the reader's own menu. */
export const notifyZhCN = {
  open: "通知...",
  label: "什么时候通知我",
  levels: {
    off: "不通知",
    private: "收到私聊",
    mention: "收到私聊，或者有人提到我",
    all: "所有消息",
  },
  insecure: "这个页面是用 http 打开的，浏览器只让 https 的页面发通知",
  unsupported: "这个浏览器没有通知功能",
  refused: "浏览器不让这个页面发通知，可以在浏览器的网站设置里允许",
};

export type NotifyWords = typeof notifyZhCN;
