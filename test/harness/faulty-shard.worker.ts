/**
 * A metrics shard behind a bad network, for workerd: the built Worker's own MetricsShard, whose flushes are lost before or after they commit, repeated, delayed
 * and reordered on their way, and which is ended in its midst. Runs beside the built bundle.
 */
// @ts-expect-error the built Worker lies beside this module in workerd
import { MetricsShard as BuiltShard } from "./index.js";

interface Flush {
  isolate: string;
  sequence: number;
}
interface Shard {
  ctx: { abort(reason: string): void; waitUntil(promise: Promise<unknown>): void };
  apply(flush: Flush): string;
}
const Base = BuiltShard as unknown as new (...parameters: unknown[]) => Shard;

type Fate = "served" | "lostBefore" | "lostAfter" | "repeated" | "delayed" | "reordered" | "restarted";
/** What becomes of each flush, in turn: a dozen meets every fault once, and isolates take turns in no order. */
const FATES: readonly Fate[] = [
  "served",
  "lostBefore",
  "repeated",
  "lostAfter",
  "served",
  "delayed",
  "restarted",
  "served",
  "reordered",
  "lostBefore",
  "served",
  "lostAfter",
];
const DELAY_MS = 1_500;

/** Outlives a shard that was ended: it belongs to the isolate. */
const fates: Partial<Record<Fate, number>> = {};
let flushes = 0;
let isFaulty = true;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class MetricsShard extends Base {
  /** Said to be applied and still on their way: applied after those that came later. */
  #held: Flush[] = [];

  // @ts-expect-error over RPC a promise is as good as its value
  override async apply(flush: Flush): Promise<string> {
    const fate = isFaulty ? this.#fate() : "served";
    fates[fate] = (fates[fate] ?? 0) + 1;
    switch (fate) {
      case "served": {
        const outcome = super.apply(flush);
        this.#release();
        return outcome;
      }
      case "lostBefore":
        throw new Error("lost before it committed");
      case "lostAfter":
        super.apply(flush);
        throw new Error("lost after it committed");
      case "repeated":
        super.apply(flush);
        return super.apply(flush);
      case "delayed":
        await pause(DELAY_MS);
        return super.apply(flush);
      case "reordered":
        this.#held.push(flush);
        this.ctx.waitUntil(pause(2 * DELAY_MS).then(() => this.#release()));
        return "applied";
      case "restarted":
        super.apply(flush);
        // Nobody knows what of it was stored: the sender hears nothing and sends again.
        this.ctx.abort("ended by the test");
        return "applied";
    }
  }

  #fate(): Fate {
    const fate = FATES[flushes++ % FATES.length] as Fate;
    // A flush that was said to be applied must not be forgotten with the object.
    return fate === "restarted" && this.#held.length > 0 ? "served" : fate;
  }

  #release(): void {
    for (const held of this.#held.splice(0).toReversed()) super.apply(held);
  }
}

// oxlint-disable-next-line import/no-default-export -- a Worker's handler is its default export
export default {
  /** Tells what became of flushes; with `/heal` there are no faults from now on. */
  fetch(request: { url: string }): Response {
    if (request.url.endsWith("/heal")) isFaulty = false;
    return Response.json(fates);
  },
};
