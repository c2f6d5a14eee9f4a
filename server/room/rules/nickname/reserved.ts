/**
 * Names that no member may have, because readers would take it for the system, its staff, or an audience. A reserved word
 * is refused in every spelling that is read as the word; how far that goes is documented in docs/protocol.md.
 */
import { foldLook, foldNickname, lookOf, skeletonOf } from "./fold.js";

/** The system and its staff; also with a number, and joined with each other or with `OTHERS`. */
const AUTHORITY = words(`
  system server parlance admin administrator superadmin sysadmin root superuser operator sysop moderator mod owner staff
  support helpdesk webmaster official
  系统 服务器 伺服器 服务端 管理员 管理者 管理 超级管理员 超管 管理人员 工作人员 操作员 运营 运维 网管 站长 版主 房主 群主
  主持人 审核员 客服 在线客服 人工客服 技术支持 官方 超级用户`);

/** Audiences, what the client calls its user, notices, and programs in general. */
const OTHERS = words(`
  all everyone everybody here channel room me you myself nobody anonymous bot notice announcement
  所有人 全体 全体成员 全员 大家 各位 每个人 这里 频道 房间 我 你 您 自己 无人 没有人 匿名 匿名用户 机器人 聊天机器人
  公告 通知 消息 提示`);

/**
 * Characters read as the first of their row, beyond what UTS #39 knows. Digits for letters (capital I for l: see
 * `readingsOf`), then other forms of what occurs in the words above, such as the traditional, and look-alikes of those.
 */
const READ_AS = words(`
  a4 b8 e3 i1l l1 o0 s5 t7
  系係繫糸 统統 务務 员員贠 级級 运運 维維 网網 长長 审審 术術 户戶戸 体體 个個箇 这這 频頻 间間 没沒 无無 机機 营營 里裡裏
  官宫宮 管菅 版板 你妳`);
/** Two letters that are read as one. */
const PAIRS: Readonly<Record<string, readonly string[]>> = { d: ["cl"], m: ["rn"], w: ["vv"] };

/** What surrounds or joins the characters of a word without changing it: separators, marks, modifier letters. */
const ORNAMENT = /[\p{P}\p{S}\p{Script=Inherited}\u02b0-\u02ff\ua717-\ua71f\ua788]/gu;
const CHINESE_DIGITS = "零一二三四五六七八九十";
/** Shorter words in ASCII are refused in plain look-alikes alone: `is` and `M.E` are names. */
const MIN_ASCII_LETTERS = 3;
/** From this length on, a doubled letter goes unnoticed; Boot is no bot. */
const MIN_DOUBLED = 4;

interface Spelled {
  /** As typed, in NFC. */
  readonly shown: string;
  readonly key: string;
  readonly skeleton: string;
}

/** Compiled once, not at each Login. */
export class ReservedNames {
  private readonly keys = new Set<string>();
  private readonly skeletons = new Set<string>();
  private readonly pattern: RegExp;

  /** `more`: words beside those that are always reserved, such as the commands of clients. */
  constructor(more: Iterable<string>) {
    const others = [...OTHERS, ...more];
    for (const word of [...AUTHORITY, ...others]) {
      this.keys.add(foldNickname(word));
      this.skeletons.add(skeletonOf(word.normalize("NFC")));
    }
    const authority = oneOf(AUTHORITY);
    const other = oneOf(others);
    const number = `[0-9${bareLook(CHINESE_DIGITS)}]*[号號]?`;
    this.pattern = new RegExp(
      // A number alone is a name: 411 is not all.
      `^(?!\\d+$)(?:${other}|${number}${other}*(?:${authority}${other}*)+${number})$`,
      "u",
    );
  }

  has(name: Spelled): boolean {
    return (
      this.keys.has(name.key) ||
      this.skeletons.has(name.skeleton) ||
      [...readingsOf(name)].some((reading) => this.pattern.test(reading))
    );
  }
}

/**
 * The skeleton, and that of the key, for characters that stand for letters but look like others: ① is 1. And, since I is
 * l in many fonts, the skeleton with l in place of I; not beside an L: ALI is not all, though AII may be.
 */
function readingsOf({ shown, key, skeleton }: Spelled): ReadonlySet<string> {
  const readings = [skeleton, skeletonOf(key)];
  const look = lookOf(shown);
  if (look.includes("I") && !look.includes("L")) readings.push(foldLook(look.replaceAll("I", "l")));
  return new Set(readings.map(bare));
}

/** Without what joins or adorns letters. Applied to words and names alike. */
function bare(skeleton: string): string {
  return skeleton.replace(ORNAMENT, "");
}

/** A pattern for one of these words in any spelling. */
function oneOf(reserved: readonly string[]): string {
  const patterns = reserved.map((word) => patternOf(bareLook(word)));
  return `(?:${patterns.filter((pattern) => pattern !== "").join("|")})`;
}

/** `word`: bare. Empty if it is too short to be spelled in other ways. */
function patternOf(word: string): string {
  if (/^[\x00-\x7f]*$/.test(word) && word.length < MIN_ASCII_LETTERS) return "";
  const most = [...word].length < MIN_DOUBLED ? "" : ",";
  return word.replace(/(.)\1*/gsu, (run, character: string) => {
    const count = [...run].length;
    return `${spellingsOf(character)}{${count}${most}}`;
  });
}

/** No escapes: in bare text there is neither punctuation nor a symbol. */
function spellingsOf(character: string): string {
  const row = READ_AS.find(([first]) => first !== undefined && bareLook(first) === character) ?? character;
  const pair = PAIRS[character] ?? [];
  return `(?:${[...Array.from(row, bareLook), ...pair].join("|")})`;
}

function bareLook(text: string): string {
  return bare(skeletonOf(text.normalize("NFC")));
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
