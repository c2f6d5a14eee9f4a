import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { connect, type Session, type SessionOptions } from "../../client/session/session.js";
import { runServer, type ServerProcess, startServer } from "../support/process.js";
import { openPage, type Report, watch } from "./browser.js";

/** A room of its own, its members, and the browsers that are in it. */
export class Room implements AsyncDisposable {
  readonly folder: string;
  readonly #browser: Browser;
  readonly #reports: Report[] = [];
  readonly #ends: (() => Promise<unknown>)[] = [];
  #server: ServerProcess;

  private constructor(browser: Browser, server: ServerProcess, folder: string) {
    this.#browser = browser;
    this.#server = server;
    this.folder = folder;
  }

  /** `flags`: of the server, from the room's folder. */
  static async open(
    browser: Browser,
    flags: (folder: string) => readonly string[] = () => [],
  ): Promise<Room> {
    const folder = mkdtempSync(join(tmpdir(), "parlance-web-"));
    const server = await startServer([
      "--rate",
      "0",
      "--admin-socket",
      join(folder, "admin"),
      ...flags(folder),
    ]);
    return new Room(browser, server, folder);
  }

  get url(): string {
    return this.#server.url;
  }

  /** The room as a browser's window of its own shows it. */
  async page(options: BrowserContextOptions = {}, prepare?: (context: BrowserContext) => Promise<unknown>) {
    return openPage(await this.context(options, prepare), this.url);
  }

  async context(
    options: BrowserContextOptions = {},
    prepare: (context: BrowserContext) => Promise<unknown> = async () => {},
  ): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ locale: "en-US", ...options });
    this.#ends.push(() => context.close());
    this.#reports.push(watch(context, new URL(this.url).origin));
    await prepare(context);
    return context;
  }

  /** A member by the session library of the terminal, who is in the room. */
  async member(nickname: string, options: Partial<SessionOptions> = {}): Promise<Session> {
    const session = await connect({ server: this.url, nickname, ...options });
    this.#ends.push(() => session.leave({ logout: false }));
    const feed = session.events()[Symbol.asyncIterator]();
    const next = feed.next();
    next.catch(() => {});
    return session;
  }

  /** Gives a registered nickname the role of an owner, or another one. */
  async appoint(nickname: string, role: "owner" | "moderator" = "owner"): Promise<void> {
    const socket = ["--store", "memory:", "--admin-socket", join(this.folder, "admin")];
    const { code, stderr } = await runServer(["moderate", "role", nickname, role, ...socket]);
    if (code !== 0) throw new Error(stderr);
  }

  /** Ends the server, as by a power cut. Returns a function that starts it again at the same address. */
  async kill(flags: (folder: string) => readonly string[]): Promise<() => Promise<void>> {
    const { host } = new URL(this.url);
    await this.#server.stop("SIGKILL");
    return async () => {
      this.#server = await startServer(["--rate", "0", "--listen", host, ...flags(this.folder)]);
    };
  }

  /** What the browsers requested elsewhere, and what went wrong in them. */
  get reported(): Report {
    return {
      elsewhere: this.#reports.flatMap(({ elsewhere }) => elsewhere),
      problems: this.#reports.flatMap(({ problems }) => problems),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    await this.#server.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Nothing was requested elsewhere, and nothing went wrong. */
export const NOTHING: Report = { elsewhere: [], problems: [] };

/** The whole text of the document, and what it keeps. */
export function contents(page: Page): Promise<string> {
  return page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage }));
}
