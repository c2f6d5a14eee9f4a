/** Who gets which answer to `CSI 6n`: a terminal answers in the order of the questions, and nothing else tells them apart. */

/** Row and column from 1. False: this cannot be the answer (a modified F3 looks like one), the true one is yet to come. */
export type CursorListener = (row: number, column: number) => boolean;

export interface CursorReports {
  /** To be called once for every `CSI 6n`, in the order they are written. */
  expect(listener: CursorListener): void;
  /** What the terminal sent. */
  report(row: number, column: number): void;
  /** Nothing that was asked will be answered any more. */
  forget(): void;
}

export function createCursorReports(): CursorReports {
  let expected: CursorListener[] = [];
  return {
    expect(listener) {
      expected.push(listener);
    },
    report(row, column) {
      if (expected[0]?.(row, column)) expected = expected.slice(1);
    },
    forget() {
      expected = [];
    },
  };
}
