/** Words of the page alone. */
export const webZhCN = {
  room: "聊天室",
  about: "一间人和程序一起聊天的房间",
  nickname: "昵称",
  enter: "进入",
  entering: "正在进入...",
  useSuggestion: (nickname: string) => `用「${nickname}」`,
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
  signedOut: "登录本站后，就可以在这里聊天",
  signInAgain: "这里不接受本站现在的登录，可能已过期。请重新登录，或刷新页面",
  notStored: "这个浏览器不保存数据：刷新后要重新进入",
  outdated: "这一页已经过期，刷新后才能看到这里的内容",
  needsScript: "这一页需要 JavaScript。也可以用终端：parlance --server 本页地址",
};

export type WebWords = typeof webZhCN;

/** In place of what is worded for a terminal. */
export const pageZhCN = {
  rule: "1-24 列，一个汉字占 2 列；汉字、字母、数字、_ 和 -",
  quit: { usage: "/quit", summary: "离开" },
  cannotReach: "连不上聊天室，可能是网络或服务器的问题。请稍后再试",
};

export type PageOnlyWords = typeof pageZhCN;
