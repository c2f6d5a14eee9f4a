import type { Mistake } from "../../wire/refusals/mistakes.js";
import type { Wording } from "./en.js";

const seconds = (ms = 0) => (ms < 10_000 ? Math.ceil(ms / 100) / 10 : Math.ceil(ms / 1000));

const nicknameRules: Record<string, string> = {
  empty: "昵称不能为空",
  too_long: "昵称最多 24 个字、64 字节、24 列",
  whitespace: "昵称里不能有空格",
  first_character: "昵称要以字母、汉字或数字开头",
  character: "昵称只能用文字、数字、_、- 和 .",
  invisible: "昵称里不能有看不见的字符",
  not_unicode: "昵称不是有效的 Unicode",
  digits: "昵称里的数字只能用一种写法",
  marks: "昵称里一个字母上最多两个附加符号",
  scripts: "昵称里不能混用容易看错的文字",
};

const textRules: Record<string, string> = {
  empty: "没有看得见的内容",
  control: "内容里有控制字符",
  bidi: "内容里有改变书写方向的字符",
  not_unicode: "内容不是有效的 Unicode",
};

const fullRules: Record<string, string> = {
  replaced: "同一成员较新的消息流取代了本消息流",
  address: "从您的地址登录的成员太多",
  registrations: "这个房间不能再注册昵称了",
};

const rateRules: Record<string, string> = {
  address: "来自您的地址的请求太多",
  guesses: "密码、口令或邀请码错的次数太多",
  secrets: "正在登录的人太多",
  slow_mode: "慢速模式已开启",
};

const secretRules: Record<string, (limit?: number) => string> = {
  too_short: (limit) => `密码至少 ${limit} 字节`,
  too_long: (limit) => `密码最多 ${limit} 字节`,
};

const accessTokenRules: Record<string, string> = {
  malformed: "访问令牌不是签过名的 JWT",
  algorithm: "访问令牌的签名算法这里不接受",
  signature: "访问令牌的签名不是应用的密钥签的",
  issuer: "访问令牌的签发方不对",
  audience: "访问令牌是给别的聊天室的",
  expired: "访问令牌过期了，请向你的应用要一个新的",
  not_yet: "访问令牌还没有生效",
  claims: "访问令牌缺少 sub 或 exp，或者其中的昵称不是文字",
  no_keys: "现在读不到应用的密钥，请稍后再试",
  not_taken: "本服务器不接受访问令牌",
  missing: "进入这个房间需要它所属应用的访问令牌",
};

const guestRules: Record<string, string> = {
  closed: "现在不让访客进来",
  speaking: "现在只有注册过的昵称可以发言",
  registering: "现在访客不能注册昵称",
};

/** What is wrong with a field. */
const requestRules: Record<string, string> = {
  empty: "是空的",
  missing: "必须给出",
  not_found: "没有对应的项",
  range: "超出范围",
  text: "含有不允许的字符，或不止一行",
  wide: "是很大的网段；确实要封禁，请设置 allow_wide",
  alone: "不能和其他字段一起给出",
  configured: "由服务器的配置决定",
  with_secret: "和 secret 不能同时给出",
  edits: "指的消息修改次数已到上限；请另发一条",
};

const roleRules: Record<string, string> = {
  removed: "你被管理员移出了房间",
  speaking: "现在只有管理员可以发言",
  rank: "只能管理身份比你低的人",
  oneself: "不能对自己这样做",
  external: "你的身份来自外部，不需要在这里注册",
};

function span(ms: number): string {
  if (ms <= 120_000) return `${seconds(ms)} 秒`;
  if (ms <= 7_200_000) return `${Math.ceil(ms / 60_000)} 分钟`;
  return ms <= 172_800_000 ? `${Math.ceil(ms / 3_600_000)} 小时` : `${Math.ceil(ms / 86_400_000)} 天`;
}

function mistake(made: Mistake): string {
  switch (made.kind) {
    case "not_found":
      return made.isRpc
        ? `本服务器没有 RPC ${made.sent}；服务器反射可列出已有的 RPC：buf curl --list-methods SERVER`
        : `${made.sent} 处没有内容；/ 介绍本服务器`;
    case "method":
      return `此 RPC 不支持 ${made.sent}，只支持 ${made.allow}；可以试试：${made.example}`;
    case "content_type": {
      const sent = made.sent === "" ? "请求没有 content-type" : `此 RPC 不接受 ${made.sent}`;
      return `${sent}；可用的有 ${made.accept}；可以试试：${made.example}`;
    }
    case "query":
      return `GET 的查询参数要有 connect=v1、encoding=json 或 encoding=proto，以及 message；可以试试：${made.example}`;
    case "version": {
      const wanted = made.isQuery ? "查询参数 connect 必须是 v1" : "connect-protocol-version 必须是 1";
      return `${wanted}，不能是 ${made.sent}；本服务器不支持其他版本的 Connect 协议`;
    }
    case "envelope":
      return `消息没有封装：它前面要有一字节标志和四字节长度（大端序）；可以试试：${made.example}`;
  }
}

export const zhCN: Wording = {
  refusal: {
    NICKNAME_INVALID: ({ rule = "" }) => nicknameRules[rule] ?? "这个昵称不能用",
    NICKNAME_TAKEN: ({ suggestion }) =>
      `这个昵称已经有人用了，或和别人的太像${suggestion ? `；${suggestion} 还没人用` : ""}`,
    NICKNAME_RESERVED: () => "这个昵称是保留的",
    NOT_LOGGED_IN: () => "请先登录：没有令牌、令牌不对，或会话已结束",
    USER_NOT_FOUND: ({ rule, suggestion }) => {
      if (rule === "left") return "收信人已经离开，看不到修改后的内容";
      if (rule === "another") return "你要找的人已经离开，这个昵称现在是别人的";
      return `没有叫这个昵称的人在线${suggestion ? `；你是不是想找 ${suggestion}？` : ""}`;
    },
    IGNORING: () => "你在忽略群聊；恢复群聊后才能对大家说话",
    TEXT_INVALID: ({ rule = "", limit }) => {
      if (rule === "too_long") return `内容超过 ${limit} 字节`;
      if (rule === "too_many_lines") return `内容超过 ${limit} 行`;
      return textRules[rule] ?? "内容不能发送";
    },
    RATE_LIMITED: ({ rule = "", retryDelayMs }) =>
      `${rateRules[rule] ?? "发得太快了"}，${span(retryDelayMs ?? 0)}后再试`,
    TOO_SLOW: () => "消息流读得太慢；请从最后的游标重新订阅",
    SHUTTING_DOWN: () => "服务器正在关闭，请稍后再试",
    STORE_UNAVAILABLE: () => "存储没有响应；请用同一个 request_id 重试",
    ROOM_FULL: ({ rule = "" }) => fullRules[rule] ?? "房间已满",
    CURSOR_INVALID: () => "这不是本服务器的游标",
    REQUEST_INVALID: ({ field, rule, limit }) => {
      if (rule === "too_long") return `${field} 超过 ${limit} 字节`;
      if (rule === "too_short") return `${field} 不足 ${limit} 个字符`;
      if (rule === "too_many") return `${field} 超过 ${limit} 项`;
      if (rule === "both") return "before 和 after 不能同时给出";
      if (rule === "reused") return `这个 ${field} 已经用于另一个请求`;
      return `${field ?? "请求"} ${requestRules[rule ?? ""] ?? "无法读取"}`;
    },
    NICKNAME_REGISTERED: ({ suggestion }) =>
      `这个昵称已被注册，或和已注册的太像；请给出它的密码，或换一个${suggestion ? `：${suggestion} 还没人用` : ""}`,
    SECRET_INVALID: ({ rule = "", limit }) => secretRules[rule]?.(limit) ?? "昵称和密码不匹配",
    INVITE_INVALID: ({ rule }) =>
      rule === "missing"
        ? "进入这个房间需要口令或邀请码"
        : "口令或邀请码无效：不对、用完了、过期了或被撤销了",
    ACCESS_TOKEN_INVALID: ({ rule = "" }) => accessTokenRules[rule] ?? "访问令牌在这里无效",
    REGISTRATION_REQUIRED: ({ rule = "", retryDelayMs }) => {
      const cause = guestRules[rule] ?? "这个房间只让注册过的昵称进入";
      return `${cause}${retryDelayMs === undefined ? "" : `，${span(retryDelayMs)}后再试`}`;
    },
    BANNED: ({ retryDelayMs, reference, because }) => {
      const time = retryDelayMs === undefined ? "" : `，还有 ${span(retryDelayMs)}`;
      const quote = reference === undefined ? "" : `；编号 ${reference}`;
      return `你已被禁止进入这个房间${time}${because ? `：${because}` : ""}${quote}`;
    },
    MUTED: ({ retryDelayMs }) =>
      `管理员禁止了你发言${retryDelayMs === undefined ? "" : `，还有 ${span(retryDelayMs)}`}；仍可私聊管理员`,
    NOT_ALLOWED: ({ rule = "" }) => roleRules[rule] ?? "你的身份不能这样做",
    MESSAGE_NOT_FOUND: () => "没有这条你能看到的消息，可能已不再保留",
  },
  internal: "服务器内部错误",
  mistake,
  help: {
    say: { usage: "文字", summary: "发到群聊" },
    whisper: { usage: "@昵称 文字", summary: "只发给一个人" },
    ls: { usage: "/ls", summary: "看谁在线" },
    i: { usage: "/i", summary: "忽略群聊，或恢复群聊" },
    reply: { usage: "/reply 文字", summary: "回复最近私聊的人" },
    history: { usage: "/history [N]", summary: "看更早的消息" },
    help: { usage: "/help", summary: "显示这份帮助" },
    quit: { usage: "/quit", summary: "离开房间" },
  },
};
