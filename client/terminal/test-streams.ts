/** For tests: the streams and the process for a terminal, without a screen (see test-emulator.ts). */
import { EventEmitter } from "node:events";

/** The keyboard's end of a terminal: tests emit `data`. */
export class FakeStdin extends EventEmitter {
  raw = false;
  flowing = false;
  setRawMode(raw: boolean) {
    this.raw = raw;
  }
  resume() {
    this.flowing = true;
  }
  pause() {
    this.flowing = false;
  }
}

/** The process; the arguments of `kill` are in `killed`. */
export class FakeProcess extends EventEmitter {
  readonly platform: string = "linux";
  readonly pid = 4711;
  readonly killed: [number, string][] = [];
  kill(pid: number, signal: string) {
    this.killed.push([pid, signal]);
  }
}
