/** The bytes of a stream that nobody has used up yet, in one piece, with a line break at the very end of the file whether it has one or not. Knows nothing of CSV. */
import type { Readable } from "node:stream";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { TableProblem } from "./table.ts";

const NEWLINE = 10;

export class HeldBytes {
  bytes: Buffer = Buffer.alloc(0);
  /** All of the stream has come. */
  isEnded = false;
  /** What the last line is given where it has no break. */
  lineBreak = "\n";
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** One past the last line break; 0 where there is none yet. */
  get linesEnd(): number {
    return this.bytes.lastIndexOf(NEWLINE) + 1;
  }

  /** Waits for the next bytes and drops the first `used`. Fails where the stream does. */
  async more(used: number): Promise<Result<undefined, TableProblem>> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.#chunks.next();
    } catch (error) {
      return fail({ reason: "file", detail: (error as Error).message });
    }
    const rest = this.bytes.subarray(used);
    this.isEnded = next.done === true;
    if (!this.isEnded) this.bytes = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    else this.bytes = rest.length === 0 || rest.at(-1) === NEWLINE ? rest : Buffer.concat([rest, Buffer.from(this.lineBreak)]);
    return succeed(undefined);
  }

  close(): void {
    this.#stream.destroy();
  }
}
