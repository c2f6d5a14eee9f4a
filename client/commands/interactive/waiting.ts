import { initialState } from "../../chat/state.js";
import { viewFooter } from "../../terminal/footer.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { aborted, firstOf } from "../pipe/pipe.js";
import type { Composer } from "./composer.js";
import type { Screen } from "./screen.js";

export interface Waiting<T> {
  readonly context: Context;
  readonly screen: Screen;
  readonly composer: Composer;
  /** "" if it is not known yet. */
  readonly nickname: string;
  /** Words for what it waits for. */
  readonly stage: string;
  readonly until: Promise<T>;
}

/**
 * While something is awaited, what is typed is for the room, and pending. Resolves with what was awaited, or with the
 * exit code of a person who leaves.
 */
export async function waitTyping<T>({
  context,
  screen,
  composer,
  nickname,
  stage,
  until,
}: Waiting<T>): Promise<T | number> {
  const { config, words, signal } = context;
  const { terminal, theme } = screen;
  const state = { ...initialState(config.server), self: { nickname, id: "" } };
  const left = new Promise<number>((leave) => {
    composer.onLeave(leave);
    screen.show({
      footer: (size, editor) =>
        viewFooter({
          ...{ words, theme, state, editor, size, stage },
          recipient: composer.recipient,
          secretFrom: composer.secretFrom,
          isTaken: composer.isTaken,
          pending: composer.pending(Date.now()),
          ambiguous: terminal.ambiguous(),
          nowMs: Date.now(),
        }),
      takesKey: (key) => composer.takesKey(key),
      act(action) {
        if (action === "submit") composer.submit();
        else if (action === "interrupt") leave(EXIT.interrupt);
        else if (action === "leave") leave(EXIT.done);
      },
      onKey: () => composer.follow(),
      onEnd: () => leave(EXIT.done),
    });
  });
  const outcome = await firstOf([until, left, aborted(signal)]);
  signal.throwIfAborted();
  return outcome as T | number;
}

/**
 * Before a question: waits until nothing is in the input, for what is being typed is for the room. Resolves with the
 * exit code of a person who leaves instead.
 */
export async function finishDraft(
  options: Omit<Waiting<undefined>, "until" | "stage">,
): Promise<number | undefined> {
  const { composer, context } = options;
  if (composer.isEmpty) return undefined;
  const stage = context.words.hints.finishFirst;
  return waitTyping({ ...options, stage, until: composer.untilEmpty() });
}
