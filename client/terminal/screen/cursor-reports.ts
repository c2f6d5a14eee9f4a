/**
 * Matches cursor reports with the requests for them (`CSI 6n`): a terminal responds in the order of the requests, and
 * nothing else distinguishes the responses.
 */

/** Row and column from 1. False: this is not the response (a modified F3 looks like one), which is still to come. */
export type CursorListener = (row: number, column: number) => boolean;

export class CursorReports {
  #expected: CursorListener[] = [];

  /** To be called once for every `CSI 6n`, in the order in which they are written. */
  expect(listener: CursorListener): void {
    this.#expected.push(listener);
  }

  /** A report has arrived. */
  report(row: number, column: number): void {
    if (this.#expected[0]?.(row, column)) this.#expected = this.#expected.slice(1);
  }

  /** No response to earlier requests will come. */
  forget(): void {
    this.#expected = [];
  }
}
