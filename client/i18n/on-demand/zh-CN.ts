/** The words that the page loads when they are needed, and those that only a terminal shows. */
import type { Kept, Problem } from "../../chat/line.js";
import { duration, quoted } from "../core-zh-CN.js";
import { moderationZhCN } from "./moderation-zh-CN.js";

const inInput = (kept: Kept) =>
  kept === "input" ? "（这一行还在输入框里）" : kept === "held" ? "（按上方向键可取回这一行）" : "";

/** After a question: how it is confirmed. */
const confirm = (kept: Kept, what: string) =>
  kept === "input"
    ? `。再按 Enter 就${what}`
    : kept === "held"
      ? `。按上方向键取回这一行，再按 Enter 就${what}`
      : `。再输入同一行就${what}`;

const sendAgain = (kept: Kept) => (kept === "none" ? "" : confirm(kept, "发给这个人"));

/** `code`: the system's error code, such as ECONNREFUSED. */
const cause = (code: string, message: string): string => {
  if (code === "ECONNREFUSED") return `连接被拒绝（${code}）`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `找不到这个主机（${code}）`;
  if (code === "ETIMEDOUT") return `没有回应（${code}）`;
  if (code === "ECONNRESET") return `没有回应，连接就被断开了（${code}）`;
  return code ? `${message}（${code}）` : message;
};

export const onDemandZhCN = {
  notice: {
    personIgnored: (nickname: string, registered: boolean) =>
      `${registered ? "" : `在 ${nickname} 离开之前，`}不再显示 ${nickname} 的消息。恢复用 /unignore ${nickname}`,
    personShown: (nickname: string) => `恢复显示 ${nickname} 的消息`,
    ignoredPeople: (names: readonly string[]) =>
      names.length === 0 ? "你没有忽略任何人" : `你忽略了 ${names.join("、")}。恢复用 /unignore 昵称`,
    /** The one time that it is shown. */
    secretMade: (nickname: string, secret: string) => `${nickname} 的密码：${secret}`,
    secretKept: "已存进这台电脑的 credentials.json，在这里登录不用再输入。要在别处登录，请记下来，不会再显示",
    secretNotKept: "这台电脑存不下来：请现在记下来，不会再显示",
    secretElsewhere: (nickname: string) => `${nickname} 的密码已存进这台电脑的 credentials.json，这里不显示`,
    secretChosen: (nickname: string) => `${nickname} 的密码就是你选的那个，没有存在这台电脑上，登录时要输入`,
    /** `nickname`: null for the reader. */
    edited: (nickname: string | null, isPrivate: boolean, text: string) =>
      `${nickname === null ? "你" : `${nickname} `}把${isPrivate ? "私聊" : "这句话"}改成了：${text}`,
    /** In place of a quoted message that is not known. */
    quotedUnknown: "更早的一条消息",
    redacting: (message: string) => `正在删除${message}`,
    invite: (code: string, uses: number, ms: number) =>
      `邀请码 ${code}（${uses === 0 ? "不限次数" : `可用 ${uses} 次`}，${duration(ms)}内有效）。不会再显示`,
    /** Above the texts that are known, one a row. */
    undelivered: (nickname: string, count: number) => `给 ${nickname} 的 ${count} 条私聊没有送到`,
    moreUndelivered: (count: number) => `还有 ${count} 条`,
    /** Replaces lines that were dropped because the terminal was too slow. */
    linesSkipped: (count: number) => `终端太慢，这里略过了 ${count} 行`,
  },

  problem: {
    connectionLost: "连接断开，正在重连；你可以继续打字，连上后依次发送",
    connectionLostInPipe: "连接断开，正在重连",
    unknownCommand: (typed: string, suggestion: string | null) =>
      `没有 ${typed} 这个命令，这一行没有发出去。${suggestion ? `你是不是想用 ${suggestion}？` : "输入 /help 看命令"}`,
    /** It would have gone to everyone. */
    looksLike: (like: "command" | "private", meant: string) =>
      like === "command"
        ? `没有发出：这看起来是 ${meant} 命令。是的话请照样输入；要原样发出去，前面加上 /say`
        : `没有发出：这看起来是只给 ${meant} 的私聊。是的话请照样输入；要发给所有人，前面加上 /say`,
    /** Followed by what serves instead. */
    noSuchHere: (typed: string) => `这里没有 ${typed}，这一行没有发出去。`,
    noHelp: (topic: string) => `没有关于「${topic}」的帮助。/help 看命令，/help keys 看按键`,
    takesNothing: (command: string) => `${command} 后面不能再写东西，这一行没有发出去`,
    noSuchUser: (nickname: string, suggestion: string | null) =>
      `没有叫「${nickname}」的用户，私聊没有发出。${suggestion ? `在线的有「${suggestion}」` : "输入 /ls 看谁在线"}`,
    anotherPerson: (nickname: string, kept: Kept) =>
      `「${nickname}」现在是另一个人，没有发出${sendAgain(kept)}`,
    joinedSince: (nickname: string, kept: Kept) => `「${nickname}」刚刚才进来，没有发出${sendAgain(kept)}`,
    spaceMissing: (nickname: string) => `「${nickname}」不在线。私聊要在昵称后加空格`,
    nothingToSend: (behind: string) => `「${behind}」后面没有内容，没有发出`,
    nobodyToReplyTo: "还没有私聊过谁，没有发出",
    badCount: (command: string, max: number) => `${command} 后面要写 1 到 ${max} 的数字，这一行没有发出去`,
    /** /find without a text goes on with the last one. */
    nothingSearched: "还没有找过什么，先输入 /find 加文字",
    badArguments: (usage: string) => `要这样写：${usage}。什么也没做`,
    confirmQuote: (message: string, kept: Kept) =>
      `没有发出：这句会发到群里，回复${message}，但有人私聊过你${confirm(kept, "发到群里")}`,
    confirmRedact: (message: string, kept: Kept) =>
      `要删除的是${message}，删了就拿不回来${confirm(kept, "删除")}`,
    confirmBan: (network: string, kept: Kept) =>
      `${network} 是很大的一片网络，里面的访客和注册用户都进不来了${confirm(kept, "禁止")}`,
    confirmUnregister: (nickname: string, kept: Kept) =>
      `放弃之后，${nickname} 就不再是你的，权限和收着的私聊也没有了${confirm(kept, "放弃")}`,
    /** A message that is meant. `nickname`: null for the reader; `time`: on its day. */
    meant: (nickname: string | null, time: string, text: string) =>
      `${nickname === null ? "你" : ` ${nickname} `}在 ${time} 说的${quoted(text)}`,
    nothingToRedact: (nickname: string | null) =>
      nickname === null
        ? "这里没有那样一条你的消息。/redact 删除最后一条，/redact 2 删除倒数第二条"
        : `这里没有 ${nickname} 的消息`,
    nothingToEdit: "这里没有你的消息可以改",
    nothingToQuote: (nickname: string | null) =>
      nickname === null ? "这里还没有别人说的话可以引用" : `这里没有 ${nickname} 说的话可以引用`,
    messageGone: "那条消息已经没有了，什么也没做",
    noSuchPerson: (nickname: string) => `没有找到「${nickname}」，什么也没做。输入 /ls 看谁在线`,
    ignoresSelf: "不能忽略自己",
    notIgnored: (nickname: string) => `你没有忽略「${nickname}」。输入 /ignore 看忽略了谁`,
    anotherTarget: (nickname: string, kept: Kept) =>
      `「${nickname}」现在是另一个人，什么也没做${confirm(kept, "对这个人做")}`,
    noSuchBan: (id: string) => `没有编号是「${id}」的禁令。输入 /bans 看有哪些`,
    notOffered: (command: string) => `这台服务器没有 ${command} 的功能`,
    notAllowed: (message: string, kept: Kept) => `不可以：${message}${inInput(kept)}。/ls 显示谁是管理员`,
    muted: (ms: number | null, kept: Kept) =>
      `你被禁止发言${ms === null ? "" : `，还有 ${duration(ms)}`}，没有发出${inInput(kept)}。你仍可以私聊管理员，/ls 显示谁是管理员`,
    registeredOnly: (message: string, kept: Kept) =>
      `没有发出：${message}${inInput(kept)}。可以用 /register 注册`,
    noHistory: "这台服务器不能往回看",
    rateLimited: (ms: number, kept: Kept) =>
      `发得太快了，${Math.max(1, Math.ceil(ms / 1000))} 秒后再试${inInput(kept)}`,
    /** `excess`: of `textExcess`. */
    textTooLong: (excess: string, kept: Kept) => `太长了：${excess}。没有发出${inInput(kept)}`,
    ignoring: (kept: Kept) => `你在忽略群聊，群聊没有发出${inInput(kept)}。输入 /i 恢复`,
    notSent: (message: string, kept: Kept) => `没有发出去：${message}${inInput(kept)}`,
    notConfirmed: (kept: Kept) =>
      `连接断开时服务器还没有确认这一行，看看上面有没有它再决定要不要重发${inInput(kept)}`,
    leftBehind: (text: string) => `离开时服务器还没有确认这一句：${text}`,
    leftUnsent: (text: string) => `离开时这一句还没有发出去：${text}`,
    typedAtLogin: (kept: Kept) => `这一行是登录时输入的，也许是给登录用的，所以没有发出${inInput(kept)}`,
    cancelled: (count: number) => `${count} 条待发送的已取消，没有发出。还在输入历史里（上方向键）`,
    editorFailed: (editor: string, why: string) =>
      `${editor} 没有成功（${why}），输入框没有变。可以用 VISUAL 或 EDITOR 换一个编辑器`,
    notUtf8: "没有发出：里面有不是 UTF-8 的字符。请改掉显示不出来的，并检查终端的编码",
    editedNotUtf8: "存下来的不是 UTF-8 文本",
    inputFull: (room: number) => `输入框满了：最多放 ${room} 个字符，后面的没有放进去`,
    refused: (message: string, kept: Kept) => `服务器拒绝了：${message}${inInput(kept)}`,
    cannotReach: (server: string, code: string, message: string) =>
      `连不上 ${server}：${cause(code, message)}。服务器开了吗？地址可用 --server 或 PARLANCE_SERVER 指定`,
    /** At the proxy that `variable` names; `status` 0: it returned nothing. */
    proxy: ({ server, proxy, variable, status, code }: Extract<Problem, { what: "proxy" }>) =>
      `经代理 ${proxy}（${variable}）连不上 ${server}：${status === 0 ? cause(code, "没有建立隧道") : `代理返回了 HTTP ${status}`}。检查这个代理，或者把服务器写进 NO_PROXY`,
    certificate: {
      untrusted: (server: string, why: string) => `不能信任 ${server}：${why}`,
      unknown_issuer:
        "签发它的证书的机构，这台电脑不认识。如果是你们自己的机构，用 --ca 文件 或 NODE_EXTRA_CA_CERTS 指定它的证书",
      self_signed: "它的证书是自签名的。如果是你们自己的，用 --ca 文件 或 NODE_EXTRA_CA_CERTS 指定这张证书",
      expired: "它的证书已过期。请在服务器上换新证书；如果这台电脑的时间不对，请校准",
      not_yet_valid: "它的证书还没有生效。请检查这台电脑和服务器的时间",
      wrong_host: (host: string, names: string) =>
        `它的证书不是给 ${host} 的${names ? `，而是给 ${names} 的。--server 请用其中的名字` : ""}`,
    },
    wrongScheme: (server: string, isTls: boolean, use: string) =>
      isTls
        ? `连不上 ${server}：这个端口用 TLS，请用 --server ${use}`
        : `连不上 ${server}：这个端口不用 TLS，请用 --server ${use}`,
    notParlance: {
      noHttp: (server: string) =>
        `${server} 不是 Parlance 服务器，也不是网页服务器。请检查 --server 的地址和端口`,
      redirect: (server: string, status: number, location: string) =>
        `${server} 不是 Parlance 服务器：它转向 ${location}（HTTP ${status}）。如果那里才是，请用 --server 指定`,
      response: (server: string, status: number, details: string) =>
        `${server} 不是 Parlance 服务器：收到的是 HTTP ${status}${details ? `（${details}）` : ""}。请检查 --server 的地址、端口和路径`,
    },
    heldBack: (server: string, ms: number, software: string) =>
      `${server} 能调用，但接收消息的流 ${duration(ms)}内没有送来任何内容：中间的${software ? `代理（${software}）` : "代理或防火墙"}把它扣住了。请让它不要缓冲响应，见 docs/operating.md`,
    badToken: "PARLANCE_TOKEN 里的令牌无效：服务器不认识它，或者它的会话已经结束",
    nicknameSpace: "昵称里不能有空格",
    nicknameStart: "昵称不能以 @ 或 / 开头",
    nicknameTaken: (nickname: string, suggestion: string | null) =>
      `「${nickname}」已经有人用了${suggestion ? `，试试 ${suggestion}` : "，换一个吧"}`,
    nicknameReserved: (nickname: string, suggestion: string | null) =>
      `「${nickname}」是保留的名字${suggestion ? `，试试 ${suggestion}` : "，换一个吧"}`,
    nicknameRegistered: (nickname: string, suggestion: string | null) =>
      `「${nickname}」是注册过的昵称。是你的，就输入它的密码（PARLANCE_SECRET）；不是你的，${suggestion ? `试试 ${suggestion}` : "换一个吧"}`,
    secretWrong: (nickname: string) =>
      `「${nickname}」的密码不对。请检查密码或 PARLANCE_SECRET；忘了的话，房主可以给你一个新的`,
    inviteNeeded: (given: boolean): string =>
      given
        ? "这个邀请码或口令无效：不对、用完了、过期了或被撤销了。请向管理员再要一个"
        : "这个房间要凭邀请码或口令进来：--invite 或 PARLANCE_INVITE。请向管理员要",
    externalOnly: "这个房间只能从它所属的应用进来，不能直接登录",
    guestsRefused: (ms: number | null) =>
      ms === null
        ? "这个房间只让注册过的昵称进来。如果你有，请用它登录"
        : `这个房间暂时不让访客进来，${duration(ms)}后再试，或者用注册过的昵称登录`,
    banned: (message: string, reference: string) =>
      `${message}${reference === "" ? "" : `。要申诉，请把编号 ${reference} 告诉管理员`}`,
    nicknameInvalid: (message: string) => message,
    sessionLost: (nickname: string) => `会话已结束，「${nickname}」现在是别人在用`,
    badInput: (message: string) => `看不懂这一行：${message}`,
  },

  bans: {
    none: "没有禁令",
    heading: (count: number) => `${count} 条禁令，/unban 编号 可以解除：`,
    endless: "一直有效",
    lasts: (ms: number) => `还有 ${duration(ms)}`,
    by: (moderator: string) => `由 ${moderator}`,
    byOperator: "由服务器的管理者",
  },

  /** The prompt while earlier inputs are searched. */
  search: (query: string, isFailed: boolean) => `（搜索${isFailed ? "，没有更早的" : ""}）「${query}」：`,

  /** What keys do, by the names of `KEY_FUNCTIONS`. */
  keys: {
    submit: "发送",
    newline: "换行",
    complete: "补全昵称和命令；下一个",
    "complete-backward": "上一个",
    up: "上一行，或上一条输入；输入框为空时从最后一条起取回待发送的",
    down: "下一行，或下一条输入、下一条待发送的",
    "previous-history": "上一条输入",
    "next-history": "下一条输入",
    "search-history": "搜索之前的输入",
    "backward-char": "左移一个字",
    "forward-char": "右移一个字",
    "backward-word": "左移一个词",
    "forward-word": "右移一个词",
    "beginning-of-line": "行首",
    "end-of-line": "行尾",
    "backward-delete-char": "删除左边的字",
    "delete-char": "删除右边的字",
    "backward-kill-word": "剪掉前一个词",
    "kill-word": "剪掉后一个词",
    "backward-kill-line": "剪掉到行首",
    "kill-line": "剪掉到行尾",
    yank: "粘贴剪掉的内容，连续剪的算一次",
    undo: "撤销",
    "transpose-chars": "交换两个字",
    "edit-in-editor": "用 $VISUAL 或 $EDITOR 编辑",
    redraw: "重画输入框",
    reconnect: "立即重新连接",
    interrupt: "清空输入框，取消待发送的；连按两次退出",
    "delete-or-leave": "删除右边的字；输入框为空时退出",
    abort: "离开搜索；输入框为空时取消最后一条待发送的",
  },

  /** What is too much of a text: "200 行（超出 150）". */
  textExcess: (count: number, limit: number, unit: "bytes" | "lines") => {
    const name = unit === "bytes" ? "字节" : "行";
    return `${count} ${name}（超出 ${count - limit}）`;
  },

  textSize: (bytes: number, lines: number) => `${lines} 行，${bytes} 字节`,

  /** The mark in the prompt while group chat is ignored. */
  promptIgnoring: "(忽略群聊)",

  moderation: moderationZhCN,

  /** In the status row of a terminal, most at its right-hand edge. */
  hints: {
    loggingIn: "正在登录",
    /** The login asks for more, and what is in the input is for the room. */
    finishFirst: "登录在等：先处理完这一行",
    pending: "上方向键修改，Esc 取消",
    /** A pending line is in the input. */
    taken: "Enter 放回去，Ctrl-C 取消，上方向键看前一条",
    /** `ms` until the next attempt; 0 while one is under way. */
    retryIn: (ms: number) => (ms > 0 ? `${Math.ceil(ms / 1000)} 秒后再试` : "正在连接"),
    /** Hints at the right-hand edge. */
    help: "/help 帮助",
    ignoring: "/i 恢复",
    retry: "/reconnect 立即重试",
    reconnect: "/reconnect 重新连接",
    leave: "再按一次 Ctrl-C 就退出",
    search: "Enter 采用，Ctrl-R 更早，Esc 返回",
    /** The text in the input was refused. */
    refused: "没发出：直接打字替换，方向键修改",
    /** After completion candidates. */
    next: "Tab 下一个",
  },

  /** What a terminal asks at login. */
  asks: {
    server: (url: string) => `服务器 ${url}（Ctrl-C 退出）`,
    prompt: "昵称> ",
    /** Asked for without an echo. */
    secretHint: (nickname: string) => `输入 ${nickname} 的密码（打字时不显示；直接按 Enter 换一个昵称）`,
    secretPrompt: "密码> ",
    inviteHint: "输入邀请码或口令（直接按 Enter 换一个昵称）",
    invitePrompt: "邀请> ",
  },
};

export type OnDemandWords = typeof onDemandZhCN;
