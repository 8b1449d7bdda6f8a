/**
 * The drift windows of one isolate: which hour the counts of each version belong to, and what of them the next flush carries. Pure; the counting
 * itself is contract/cell-counter.ts, the sending the recorder's.
 */
import { hourOf, type WindowDelta } from "../../contract/drift-window.ts";
import { DRIFT_WINDOWS_PER_FLUSH_MAX } from "../../contract/limits.ts";
import type { Tensor } from "../../contract/tensor.ts";
import type { CellCounter } from "../../contract/cell-counter.ts";

/** What of an answered request is counted; a version without a reference has no cells. */
export interface CountedVersion {
  model: string;
  loaded: { version: string; manifestSha256: string; cells: CellCounter | undefined };
}

interface Counting {
  model: string;
  version: string;
  manifest: string;
  hour: number;
  cells: CellCounter;
}

export class DriftWindows {
  readonly #region: () => string;
  /** Versions that counted something since the last drain. It holds their counts even when the version itself is unloaded. */
  readonly #counting = new Map<CellCounter, Counting>();
  /** Of hours that are over, not yet drained. */
  #over: WindowDelta[] = [];

  /** `region` is read when a window is taken out: the first request of an isolate has told it by then. */
  constructor(region: () => string) {
    this.#region = region;
  }

  /** Counts a request's rows into the hour of `nowMs`. */
  count(
    { model, loaded }: CountedVersion,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    rows: number,
    nowMs: number,
  ): void {
    const { cells } = loaded;
    if (cells === undefined) return;
    const hour = hourOf(nowMs);
    const counting = this.#counting.get(cells);
    if (counting === undefined) {
      this.#counting.set(cells, { model, version: loaded.version, manifest: loaded.manifestSha256, hour, cells });
    } else if (counting.hour !== hour) {
      this.#over.push(this.#take(counting));
      counting.hour = hour;
    }
    cells.count(inputs, outputs, rows);
  }

  /** What was counted since the last drain, one entry a version and hour; what is too much for one flush waits for the next. */
  drain(): WindowDelta[] {
    for (const counting of this.#counting.values()) this.#over.push(this.#take(counting));
    this.#counting.clear();
    return this.#over.splice(0, DRIFT_WINDOWS_PER_FLUSH_MAX);
  }

  #take({ model, version, manifest, hour, cells }: Counting): WindowDelta {
    return { model, version, manifest, region: this.#region(), hour, ...cells.drain() };
  }
}
