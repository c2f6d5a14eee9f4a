/** Words of the page alone. */
export const webZhCN = {
  room: "聊天室",
  about: "一间人和程序一起聊天的房间",
  messages: "消息",
  message: "消息",
  placeholder: "说点什么，@昵称 发私聊，/ 看命令",
  send: "发送",
  toOne: (nickname: string) => `私聊 ${nickname}`,
  privateMessage: "私聊",
  leave: "离开",
  ignore: "忽略群聊",
  endIgnore: "恢复群聊",
  retry: "立即重试",
  reconnect: "重新连接",
  suggestions: "可以补全的",
  newMessages: (count: number) => (count === 0 ? "回到最新" : `${count} 条新消息`),
  start: "记录从这里开始",
  language: "English",
  noFiles: "这里不能发文件",
  /** In an application's page: no user is signed in there; the room does not accept what it states of the user. */
  signedOut: "登录本站后，就可以在这里聊天",
  signInAgain: "这里不接受本站现在的登录，可能已过期。请重新登录，或刷新页面",
  outdated: "这一部分加载不了：可能是连不上服务器，也可能是页面有了新版本。请稍后再试，或者刷新页面",
  cancel: "取消",
  close: "关闭",

  /** The form before the room. */
  entering: {
    nickname: "昵称",
    secret: "密码",
    invite: "邀请码或口令",
    /** Only guests need one. */
    inviteHint: "注册过的昵称不用填",
    enter: "进入",
    busy: "正在进入...",
    useSuggestion: (nickname: string) => `用「${nickname}」`,
    /** Shows the field of the secret. */
    isRegistered: "这个昵称我注册过",
    registeredOnly: "这个房间只让注册过的昵称进来",
    /** `time`: how long. */
    closed: (time: string) => `现在不让访客进来，${time}后再试；注册过的昵称可以进来`,
    external: "你从所属的应用进来，这里不用输入什么",
    notStored: "这个浏览器不保存数据：刷新后要重新进入",
  },

  /** On a message or a name. */
  marks: {
    registered: "注册过的昵称",
    bot: "机器人",
    edited: "改过",
    erased: "这条消息已被删除",
  },

  /** Menus on a message, on a name, and of the reader. */
  menu: {
    /** Names of the menus and of their buttons. `nickname`: of the sender. */
    ofMessage: (nickname: string) => `${nickname} 的消息：操作`,
    ofPerson: (nickname: string) => `对 ${nickname} 的操作`,
    own: "我的菜单",
    /** Read out with each message. */
    more: "操作",
    reply: "回复",
    edit: "修改",
    redact: "删除这条消息",
    address: "发私聊",
    ignorePerson: "不看这个人的消息",
    showPerson: "恢复看这个人的消息",
    mute: "禁止发言...",
    kick: "移出房间...",
    ban: "禁止进入...",
    erase: "删除这个人最近的消息...",
    register: "注册这个昵称...",
    unregister: "放弃注册...",
    invite: "发邀请码...",
    bans: "看禁令",
  },

  /** Above the input. */
  replyingTo: (nickname: string, text: string) => `回复 ${nickname}：${text}`,
  editing: (text: string) => `修改：${text}`,
  notAbout: "不引用了",
  notEdit: "不改了",

  pending: {
    heading: "等着发送",
    edit: "修改",
    cancel: "取消",
  },

  find: {
    open: "搜索",
    label: "在聊天记录里找",
    submit: "找",
    busy: "正在找...",
    results: "找到的消息",
    more: "往更早找",
    none: (text: string) => `没有找到含「${text}」的消息`,
    /** More may be found further back. */
    noneYet: (text: string) => `最近的记录里没有含「${text}」的消息`,
    all: "保留的记录都找过了",
    gone: "那条消息已经没有了",
  },
};

export type WebWords = typeof webZhCN;

/** In place of what is worded for a terminal. */
export const pageZhCN = {
  rule: "1-24 列，一个汉字占 2 列；汉字、字母、数字、_ 和 -",
  quit: { usage: "/quit", summary: "离开" },
  cannotReach: "连不上聊天室，可能是网络或服务器的问题。请稍后再试",
  nicknameRegistered: (nickname: string, suggestion: string | null) =>
    `「${nickname}」是注册过的昵称。是你的，就输入它的密码；不是你的，${suggestion ? `试试 ${suggestion}` : "换一个吧"}`,
  secretWrong: (nickname: string) => `「${nickname}」的密码不对。忘了的话，房主可以给你一个新的`,
  inviteNeeded: (given: boolean): string =>
    given
      ? "这个邀请码或口令无效：不对、用完了、过期了或被撤销了。请向管理员再要一个"
      : "这个房间要凭邀请码或口令进来。请向管理员要",
  secretChosen: (nickname: string) => `${nickname} 的密码就是你选的那个。这个页面不保存它，下次进来时要输入`,
};

export type PageOnlyWords = typeof pageZhCN;
