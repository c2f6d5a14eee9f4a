import { Chat } from "../../chat/chat.js";
import { complete } from "../../chat/complete.js";
import type { Line, Problem } from "../../chat/line.js";
import { wakeAtMs } from "../../chat/reduce.js";
import { refusalOf, SessionEnded } from "../../session/errors.js";
import type { FeedItem } from "../../session/feed.js";
import { createHistory } from "../../storage/history.js";
import { cycleMenu, openMenu } from "../../terminal/input/completion-menu.js";
import type { EditorAction } from "../../terminal/input/editor.js";
import type { EditorState } from "../../terminal/input/editor-state.js";
import { createNotifier } from "../../terminal/notify.js";
import { viewFooter } from "../../terminal/view.js";
import type { Context } from "../context.js";
import type { Entry } from "../enter.js";
import { EXIT } from "../exit.js";
import { aborted, firstOf } from "../pipe.js";
import { createKeeper } from "./keeper.js";
import { createOutbox } from "./outbox.js";
import type { Screen } from "./screen.js";

/** Events that a fresh start shows of what was said before. */
const BACKLOG = 50;

/** The chat until it ends: an exit code, or why the nickname has to be asked for again. */
export async function talk(context: Context, screen: Screen, entry: Entry): Promise<number | Problem> {
  const { config, words, env, signal } = context;
  const { terminal, theme } = screen;
  const { session } = entry;
  const history = config.history ? createHistory(config.stateDir) : undefined;
  const notifier = createNotifier({ level: config.notify, osc: config.notifyOsc, env });
  const keeper = createKeeper(config, entry);
  let leave: (code: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });

  const show = (line: Line) => {
    const { nickname } = session.self;
    screen.tell(line, nickname);
    const told = notifier.shown(line, nickname);
    if (told?.signal) terminal.signal(told.signal);
    if (told) terminal.setTitle(told.title);
  };

  const chat = new Chat({
    session,
    server: config.server,
    words,
    start: keeper.start(Math.min(BACKLOG, session.limits.maxBacklog)),
    awaySinceMs: keeper.awaySinceMs,
    onStep(lines) {
      lines.forEach(show);
      terminal.drawSoon();
    },
    onQuit: () => leave(EXIT.done),
  });

  const tell = (problem: Problem) => {
    chat.dispatch({ kind: "line", line: { kind: "problem", at: Date.now(), problem } });
  };
  const outbox = createOutbox({
    chat,
    screen,
    remember: (text) => history?.append(text),
    tell,
  });

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
        return chat.feed.retryNow();
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

  const onItem = (item: FeedItem) => {
    keeper.came(item);
    const kind = item.kind === "event" ? item.event.kind.case : undefined;
    // Names for completion; without them only completion is poorer.
    if (kind === "hello" || kind === "gap") chat.refreshPeople().catch(() => {});
  };

  if (history) screen.editor = { ...screen.editor, history: history.load() };
  screen.show({
    footer: (size, editor) =>
      viewFooter({
        words,
        theme,
        state: chat.state,
        editor,
        recipient: chat.recipientOf(editor.text),
        size,
        ambiguous: terminal.ambiguous(),
        nowMs: Date.now(),
        undelivered: outbox.late(Date.now()),
      }),
    act,
    touched() {
      const title = notifier.seen();
      if (title !== undefined) terminal.setTitle(title);
    },
    end: () => leave(EXIT.done),
  });

  // Folded lines fall due, the wait for the next attempt is counted down, and an answer becomes late.
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
    if (refusal?.reason === "NICKNAME_TAKEN") {
      return { what: "session_lost", nickname: session.self.nickname };
    }
    if (error instanceof SessionEnded) return EXIT.login;
    throw error;
  } finally {
    // However it ends: what was under way arrives, comes back into the input, or is named.
    for (const text of await outbox.close(signal)) tell({ what: "left_behind", text });
    clearInterval(ticks);
    keeper.close();
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
  }
}
