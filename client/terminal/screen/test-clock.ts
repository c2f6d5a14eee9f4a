/** For tests: a clock that moves only when advanced. */
import type { Clock } from "./renderer.js";

export interface FakeClock extends Clock {
  /** Advances by `ms` and runs the tasks that become due, in order. */
  advance(ms: number): void;
}

export function createFakeClock(): FakeClock {
  let now = 0;
  let tasks: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    schedule(run, ms) {
      const task = { at: now + ms, run };
      tasks = [...tasks, task].sort((one, other) => one.at - other.at);
      return () => {
        tasks = tasks.filter((other) => other !== task);
      };
    },
    advance(ms) {
      const end = now + ms;
      while (tasks[0] && tasks[0].at <= end) {
        const [task, ...rest] = tasks;
        tasks = rest;
        now = task.at;
        task.run();
      }
      now = end;
    },
  };
}
