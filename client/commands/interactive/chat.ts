import { Chat } from "../../chat/chat.js";
import { complete } from "../../chat/complete.js";
import type { Line, Problem } from "../../chat/line.js";
import { secretStart } from "../../chat/parse.js";
import { wakeAtMs } from "../../chat/reduce.js";
import { refusalOf, SessionEnded } from "../../session/errors.js";
import type { FeedItem } from "../../session/feed.js";
import { IgnoredFile } from "../../storage/ignored-file.js";
import { InputHistory } from "../../storage/input-history.js";
import { LastSeenTracker } from "../../storage/last-seen.js";
import { viewFooter } from "../../terminal/footer.js";
import { cycleMenu, openMenu } from "../../terminal/input/completion-menu.js";
import type { EditorAction } from "../../terminal/input/editor.js";
import type { EditorState } from "../../terminal/input/editor-state.js";
import { Notifier } from "../../terminal/notify.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { FeedTrouble } from "../feed-trouble.js";
import { aborted, firstOf } from "../pipe/pipe.js";
import { type SignedIn, secretStore } from "../sign-in.js";
import { Outbox } from "./outbox.js";
import type { Screen } from "./screen.js";

/** Events that a fresh start replays. */
const BACKLOG = 50;

/** The chat until it ends: resolves with an exit code, or the reason to ask for the nickname again. */
export async function runChat(
  context: Context,
  screen: Screen,
  { session, resumed }: SignedIn,
): Promise<number | Problem> {
  const { config, words, env, signal } = context;
  const { terminal, theme } = screen;
  const inputHistory = config.history ? new InputHistory(config.stateDir) : undefined;
  const notifier = new Notifier({ level: config.notify, osc: config.notifyOsc, env });
  const lastSeen = new LastSeenTracker({ dir: config.stateDir, server: config.server, session, resumed });
  let leave: (code: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });

  const print = (line: Line) => {
    const { nickname } = session.self;
    screen.print(line, nickname);
    const notification = notifier.shown(line, nickname);
    if (notification?.signal) terminal.signal(notification.signal);
    if (notification) terminal.setTitle(notification.title);
  };

  const setTitle = (title: string | undefined) => {
    if (title !== undefined) terminal.setTitle(title);
  };

  const chat = new Chat({
    session,
    server: config.server,
    words,
    start: { ...lastSeen.start(Math.min(BACKLOG, session.limits.maxBacklog)), waitsIfReplaced: true },
    awaySinceMs: lastSeen.awaySinceMs,
    onStep(lines) {
      lines.forEach(print);
      terminal.drawSoon();
    },
    onQuit: () => leave(EXIT.done),
    secrets: secretStore(context),
    asks: true,
    joins: config.joins,
    ignored: new IgnoredFile(config.stateDir, config.server),
    readId: lastSeen.readId,
  });

  const show = (problem: Problem) => {
    chat.dispatch({ kind: "line", line: { kind: "problem", at: Date.now(), problem } });
  };
  const trouble = new FeedTrouble({
    session,
    context,
    // Found while the feed opened after all, or the person left: no news.
    onFound: (problem) => {
      if (chat.state.connection.phase === "offline") show(problem);
    },
  });
  const outbox = new Outbox({ chat, screen, remember: (text) => inputHistory?.append(text), show });

  const act = (action: EditorAction) => {
    const { editor } = screen;
    switch (action) {
      case "submit":
        return outbox.submit();
      case "complete-next":
      case "complete-previous":
        screen.editor = completed(editor, action === "complete-next" ? 1 : -1);
        return;
      case "reconnect":
        return chat.reconnect();
      case "interrupt":
        return leave(EXIT.interrupt);
      case "leave":
        return leave(EXIT.done);
      case "redraw":
        // Every key draws; this one does nothing else.
        return;
    }
  };
  const completed = (editor: EditorState, step: 1 | -1): EditorState => {
    if (editor.menu) return cycleMenu(editor, step);
    const completion = complete(editor.text, editor.cursor, chat.state);
    return completion ? openMenu(editor, completion, step) : editor;
  };

  /** Until the room's title is known, and where it has none, the server's address is in its place. */
  const nameWindow = () => {
    const room = chat.state.roomTitle || new URL(config.server).host;
    setTitle(notifier.name(room, session.self.nickname));
  };
  const onItem = (item: FeedItem) => {
    lastSeen.onItem(item);
    trouble.onItem(item);
    const signal = item.kind === "signal" ? item.signal.kind : undefined;
    // For completion and addresses, which go by the events alone if this fails.
    if (signal === "caughtUp" || signal === "gap") chat.refreshPeople().catch(() => {});
    // For the window's title, which goes without if this fails.
    if (signal === "caughtUp") chat.refreshRoom().then(nameWindow, () => {});
    if (signal || (item.kind === "event" && item.event.kind === "roomChanged")) nameWindow();
  };

  if (inputHistory) screen.editor = { ...screen.editor, history: inputHistory.load() };
  screen.show({
    footer: (size, editor) =>
      viewFooter({
        words,
        theme,
        state: chat.state,
        editor,
        secretFrom: secretStart(editor.text),
        recipient: chat.address?.finished ? (chat.address.person?.nickname ?? null) : null,
        size,
        ambiguous: terminal.ambiguous(),
        nowMs: Date.now(),
        unconfirmed: outbox.late(Date.now()),
      }),
    act,
    onKey() {
      chat.follow(screen.editor.text);
      setTitle(notifier.seen());
    },
    onFocus(isFocused) {
      chat.dispatch({ kind: "focus", isFocused });
      lastSeen.setReading(isFocused);
      setTitle(notifier.focus(isFocused));
    },
    onEnd: () => leave(EXIT.done),
  });

  // Folded lines become due, the delay before the next attempt is counted down, a response becomes late.
  let lateShown = 0;
  const ticks = setInterval(() => {
    const { state } = chat;
    const nowMs = Date.now();
    if (nowMs >= (wakeAtMs(state) ?? Number.POSITIVE_INFINITY)) chat.dispatch({ kind: "tick", nowMs });
    const late = outbox.late(nowMs);
    if (state.connection.phase === "offline" || late !== lateShown) terminal.drawSoon();
    lateShown = late;
  }, 250);

  try {
    const feed = chat.run(onItem, terminal.ready);
    const code = await firstOf([left, feed, aborted(signal)]);
    return typeof code === "number" ? code : EXIT.done;
  } catch (error) {
    const refusal = refusalOf(error);
    const { nickname } = session.self;
    if (refusal?.reason === "NICKNAME_TAKEN") return { what: "session_lost", nickname };
    // Registered meanwhile, or its secret was replaced on another device.
    if (refusal?.reason === "NICKNAME_REGISTERED")
      return { what: "nickname_registered", nickname, suggestion: refusal.suggestion };
    if (refusal?.reason === "SECRET_INVALID") return { what: "secret_wrong", nickname };
    if (error instanceof SessionEnded) return EXIT.login;
    throw error;
  } finally {
    // However it ends: a pending text is delivered, returns to the input, or is shown as left behind.
    for (const text of await outbox.close(signal)) show({ what: "left_behind", text });
    clearInterval(ticks);
    lastSeen.close();
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
  }
}
