/** Words of the command line: help, usage, doctor. */
export const cliZhCN = {
  titles: {
    "Usage:": "用法：",
    "[command]": "[命令]",
    "[options]": "[选项]",
    "Options:": "选项：",
    "Server and login:": "服务器和登录：",
    "Screen and output:": "显示和输出：",
    "Other:": "其他：",
    "Global Options:": "通用选项：",
    "Arguments:": "参数：",
    "Commands:": "命令：",
    examples: "示例：",
  } as Readonly<Record<string, string>>,
  usageError: (message: string, code: string) => `用法错误：${usageProblem(code, message)}`,
  about: "一间人和程序一起聊天的房间",
  join: "聊天（默认命令）",
  send: "发一条消息",
  tail: "显示最近的消息",
  who: "看谁在线",
  helpCommand: "显示某个命令的帮助",
  login: "登录并保存会话，给别的命令用",
  logout: "结束保存的会话",
  completion: "输出 shell 的命令补全脚本",
  doctor: "检查哪里不对劲",
  examples: {
    program: [
      "parlance                           聊天，用本机的服务器",
      "parlance -n 小明 -s 192.168.1.5    用昵称小明，进另一台机器上的房间",
      'parlance send -n cron "deploy done"',
      "parlance help send                 看某个命令的帮助",
    ],
    send: [
      'parlance send -n cron "deploy done"',
      "uptime | parlance send -n cron -",
      'parlance send -n cron -t 小明 "构建失败了，看一下"',
    ],
    tail: ["parlance tail --nick cron -n 20", "parlance tail --nick cron -f | grep deploy"],
    who: ["parlance who -n cron", "parlance who -n cron --json"],
    login: ["parlance login -n cron", "parlance send hello              以后不用再写 --nick"],
    logout: ["parlance logout"],
    doctor: ["parlance doctor", "parlance doctor -s https://chat.example.org"],
    completion: [
      "source <(parlance completion bash)    放在 ~/.bashrc 里",
      "source <(parlance completion zsh)     放在 ~/.zshrc 里",
      "parlance completion fish | source     放在 ~/.config/fish/config.fish 里",
    ],
  },
  options: {
    server: "网址、主机、主机:端口，或端口（PARLANCE_SERVER；默认 http://127.0.0.1:12231）",
    nick: "昵称（PARLANCE_NICK；默认用保存的会话，没有就询问）",
    invite: "房间要求时的邀请码或口令（PARLANCE_INVITE）",
    ca: "PEM 文件，另外信任的证书（PARLANCE_CA）",
    lang: "zh-CN 或 en（PARLANCE_LANG；默认跟随系统）",
    json: "收发都是 protobuf JSON，每行一个对象",
    plain: "只输出普通的行，不移动光标，适合读屏软件",
    noColor: "不用颜色（NO_COLOR）",
    notify: "提醒什么：off、private 私聊、mention 加上提到你的、all（默认 mention）",
    time: "时间格式：hm、hms、iso（默认 hm，管道里 iso）",
    joins: "谁进来、离开：all 全部，none 不显示，smart（默认）人多时只显示最近说过话的",
    wrap: "长行在哪里折：word 按词（默认），terminal 由终端折",
    to: "只发给这个人",
    count: "最近多少个事件，进出也算（0-500，默认 50）",
    follow: "一直跟着，有新的就显示",
    help: "显示帮助",
    version: "显示版本",
  },
  arguments: {
    text: "要发的文字；- 表示从标准输入读",
    shell: "bash、zsh、fish 或 powershell",
  },
  exitCodes: [
    "退出码：",
    "    0  完成",
    "    1  意外错误，如磁盘已满",
    "    2  用法错误，或输入不是 UTF-8",
    "    3  连不上，或对方不是 Parlance",
    "    4  昵称、登录、密码或 token 被拒绝",
    "    5  没有这个人",
    "    6  服务器拒绝",
    "  129  SIGHUP",
    "  130  Ctrl-C",
    "  141  没做完，标准输出就被关掉了",
    "  143  没做完就收到 SIGTERM",
  ].join("\n"),
  badLine: ({ number, fault }: { readonly number: number; readonly fault: "not_utf8" | "too_long" }) =>
    `第 ${number} 行${fault === "too_long" ? "超过 1 MiB" : "不是有效的 UTF-8"}，没有发送`,
  stdinNotUtf8: "stdin 不是有效的 UTF-8，什么都没有发送",
  stdinTooLong: "stdin 超过 1 MiB，什么都没有发送",
  givenNotUtf8: (where: number | string) =>
    typeof where === "number" ? `第 ${where} 个参数不是有效的 UTF-8` : `变量 ${where} 不是有效的 UTF-8`,
  cannotRead: (code: string) => `stdin 读不了（${code}）`,
  cannotWrite: (code: string) => `输出写不进去（${code}）`,
  unknownCommand: (typed: string, suggestion: string | null) =>
    `没有 ${typed} 这个命令${suggestion ? `，是不是 ${suggestion}？` : ""}（parlance --help 列出全部命令）`,
  alreadyLoggedIn: (nickname: string) => `已经登录为 ${nickname}`,
  notKept: (file: string) => `${file} 写不进去，会话没有保存，已退出登录`,
  notForgotten: (file: string) => `已退出登录，但 ${file} 写不进去，请把它删掉`,
  settings: {
    unreadable: (file: string, code: string) => `读不了 ${file}（${code}）`,
    notUtf8: (file: string) => `${file}：不是有效的 UTF-8`,
    notObject: (file: string) => `${file}：不是 JSON 对象`,
    duplicateKey: (file: string, key: string) => `${file}：「${key}」出现了两次`,
    unknownKey: (file: string, key: string, suggestion: string | null) =>
      `${file}：没有「${key}」这项设置${suggestion ? `，是不是「${suggestion}」？` : ""}`,
    notString: (file: string, key: string) => `${file}：「${key}」必须是字符串`,
    notStrings: (file: string, key: string) => `${file}：「${key}」必须是由字符串组成的对象`,
    notList: (file: string, key: string) => `${file}：「${key}」必须是由词组成的列表`,
    aliasName: (file: string, name: string) => `${file}：别名「${name}」不是一个词`,
    aliasMeaning: (file: string, name: string, meant: string) =>
      `${file}：别名「${name}」：「${meant}」没有以 / 或 @ 开头`,
    unknownBinding: (file: string, name: string, suggestion: string | null) =>
      `${file}：bindings：没有「${name}」这个键或功能${suggestion ? `，是不是「${suggestion}」？` : ""}`,
    notBoolean: (file: string, key: string) => `${file}：「${key}」只能是 true 或 false`,
    notOneOf: (name: string, value: string, choices: readonly string[]) =>
      `${name}：「${value}」不对，可以是 ${choices.join("、")}`,
    notAddress: (typed: string) => `server：「${typed}」不是 http(s) 地址`,
    addressWithUser: "server：地址里不能有用户名和密码；昵称用 --nick 指定",
  },
  caUnreadable: (file: string, code: string) => `--ca 的文件 ${file} 读不了（${code}）`,
  caEmpty: (file: string) => `--ca 的文件 ${file} 里没有 PEM 证书`,
  caInvalid: (file: string, number: number) => `--ca 的文件 ${file} 里第 ${number} 张证书不能用`,
  environment: [
    "环境变量，除了上面括号里的：",
    "  PARLANCE_SECRET  注册昵称的密码。没有对应的选项，因为进程列表里看得到选项。",
    "  PARLANCE_TOKEN   别处得来的会话 token",
  ].join("\n"),
  settingsFile: (keys: readonly string[]) =>
    `设置文件：$XDG_CONFIG_HOME/parlance/config.json（默认 ~/.config/parlance，Windows 上是 %APPDATA%\\parlance），一个 JSON 对象，可以有 ${keys.join("、")}。选项优先于变量，变量优先于文件。`,
  needNick: "没有昵称：请用 --nick、PARLANCE_NICK，或先 parlance login",
  noText: "没有要发的文字",
  loggedIn: (nickname: string) => `已登录为 ${nickname}`,
  loggedOut: (nickname: string) => `${nickname} 已退出登录`,
  notLoggedIn: "没有保存的会话",
  doctorRows: {
    client: "客户端",
    server: "服务器",
    reach: "连接",
    latency: "延迟",
    clock: "时钟偏差",
    feed: "消息流",
    session: "会话",
    terminal: "终端",
    language: "语言",
    config: "配置",
    ok: "正常",
    no: "没有",
    ms: (ms: number) => `${ms} 毫秒`,
    hello: (ms: number, nickname: string) => `${ms} 毫秒后开始${nickname ? `（作为 ${nickname}）` : ""}`,
    lessThan: (seconds: number) => `不到 ${seconds} 秒`,
    ahead: (least: number, most: number) => `服务器快 ${least} 到 ${most} 秒`,
    behind: (least: number, most: number) => `服务器慢 ${least} 到 ${most} 秒`,
    size: (columns: number, rows: number) => `${columns} 列 x ${rows} 行`,
    colors: (bits: number) => `${2 ** bits} 色`,
  },
};

/** A usage error of the command line's parser, which has English alone. Its quoted parts are what was typed. */
function usageProblem(code: string, message: string): string {
  const [first = "", second = ""] = message.match(/'[^']*'/g)?.map((part) => part.slice(1, -1)) ?? [];
  const allowed =
    /Allowed choices are (.*)\.$/.exec(message)?.[1] ?? /is invalid\. (\S+)$/.exec(message)?.[1];
  const choices = allowed === undefined ? "" : `，可以是 ${allowed.replaceAll(", ", "、")}`;
  switch (code) {
    case "commander.unknownOption": {
      const meant = /Did you mean (\S+)\?/.exec(message)?.[1];
      return `没有 ${first} 这个选项${meant ? `，是不是 ${meant}？` : ""}`;
    }
    case "commander.missingArgument":
      return `缺少参数 ${first}`;
    case "commander.optionMissingArgument":
      return `选项 ${first} 后面要有值`;
    case "commander.invalidArgument":
      return message.startsWith("option")
        ? `选项 ${first} 的值「${second}」不对${choices}`
        : `「${first}」不对${choices}`;
    case "commander.excessArguments":
      return "参数太多";
    default:
      return message;
  }
}

export type CliWords = typeof cliZhCN;
