import { Chat } from "../../chat/chat.js";
import { complete } from "../../chat/input/complete.js";
import type { Line, Problem } from "../../chat/line.js";
import { wakeAtMs } from "../../chat/reduce.js";
import { type Refusal, refusalOf, SessionEnded } from "../../session/errors.js";
import type { FeedItem } from "../../session/feed.js";
import { IgnoredFile } from "../../storage/ignored-file.js";
import { LastSeenTracker } from "../../storage/last-seen.js";
import { viewFooter } from "../../terminal/footer.js";
import { cycleMenu, openMenu } from "../../terminal/input/completion-menu.js";
import { type EditorAction, functionOf } from "../../terminal/input/editor.js";
import type { EditorState } from "../../terminal/input/editor-state.js";
import { Notifier } from "../../terminal/notify.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { FeedTrouble } from "../feed-trouble.js";
import { aborted, firstOf } from "../pipe/pipe.js";
import { type SignedIn, secretStore } from "../sign-in.js";
import type { Composer } from "./composer.js";
import { editInEditor } from "./external-editor.js";
import type { Screen } from "./screen.js";

/** Events that a fresh start replays. */
const BACKLOG = 50;

/** The chat until it ends: resolves with an exit code, or the reason to ask for the nickname again. */
export async function runChat(
  context: Context,
  screen: Screen,
  composer: Composer,
  { session, resumed }: SignedIn,
): Promise<number | Problem> {
  const { config, words, env, signal } = context;
  const { terminal, theme } = screen;
  const notifier = new Notifier({
    level: config.notify,
    osc: config.notifyOsc,
    env,
    highlight: config.highlight,
  });
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
      composer.outbox.wake();
      terminal.drawSoon();
    },
    onQuit: () => leave(EXIT.done),
    onClear: () => screen.clear(),
    keyHelp: composer.keyHelp,
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
  /** ^C is a habit: on an empty input, the first one only says what the second one does. */
  let isLeaveArmed = false;
  const act = (action: EditorAction) => {
    const { editor } = screen;
    switch (action) {
      case "submit":
        return composer.submit();
      case "complete-next":
      case "complete-previous":
        screen.editor = completed(editor, action === "complete-next" ? 1 : -1);
        return;
      case "reconnect":
        return chat.reconnect();
      case "edit-in-editor":
        return void editInEditor(context, screen).then(() => composer.follow());
      case "interrupt":
        if (isLeaveArmed) return leave(EXIT.interrupt);
        isLeaveArmed = true;
        return;
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

  composer.onLeave(leave);
  composer.attach(chat);
  screen.show({
    footer: (size, editor) =>
      viewFooter({
        words,
        theme,
        state: chat.state,
        editor,
        secretFrom: composer.secretFrom,
        isTaken: composer.isTaken,
        stage: isLeaveArmed ? words.hints.leave : composer.quoted,
        recipient: composer.recipient,
        size,
        ambiguous: terminal.ambiguous(),
        nowMs: Date.now(),
        pending: composer.pending(Date.now()),
      }),
    act,
    takesKey(key) {
      isLeaveArmed &&= functionOf(screen.editor, key, screen.keymap) === "interrupt";
      return composer.takesKey(key);
    },
    onKey() {
      composer.follow();
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
  let pendingShown = 0;
  const ticks = setInterval(() => {
    const { state } = chat;
    const nowMs = Date.now();
    if (nowMs >= (wakeAtMs(state) ?? Number.POSITIVE_INFINITY)) chat.dispatch({ kind: "tick", nowMs });
    const pending = composer.pending(nowMs);
    const isCounting = state.connection.phase === "offline" || pending.some(({ retryAtMs }) => retryAtMs);
    if (isCounting || pending.length !== pendingShown) terminal.drawSoon();
    pendingShown = pending.length;
  }, 250);

  let isLeaving = true;
  try {
    const feed = chat.run(onItem, terminal.ready);
    const code = await firstOf([left, feed, aborted(signal)]);
    return typeof code === "number" ? code : EXIT.done;
  } catch (error) {
    const refusal = refusalOf(error);
    const question = refusal && questionOf(refusal, session.self.nickname);
    if (question) {
      isLeaving = false;
      return question;
    }
    if (error instanceof SessionEnded) return EXIT.login;
    throw error;
  } finally {
    // However it ends: a pending text is delivered, waits for the next session, or is shown as left behind.
    if (isLeaving) await composer.close();
    composer.detach();
    clearInterval(ticks);
    lastSeen.close();
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
  }
}

/** The end of a session that another login may follow. */
function questionOf({ reason, suggestion }: Refusal, nickname: string): Problem | undefined {
  if (reason === "NICKNAME_TAKEN") return { what: "session_lost", nickname };
  // Registered meanwhile, or its secret was replaced on another device.
  if (reason === "NICKNAME_REGISTERED") return { what: "nickname_registered", nickname, suggestion };
  if (reason === "SECRET_INVALID") return { what: "secret_wrong", nickname };
  return undefined;
}
