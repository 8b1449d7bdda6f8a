/**
 * The edge's counts as the control plane knows them: each look at the edge is carried forward once, kept on disk, and then shown. Owns the state
 * between looks; the rules are in carry-forward.ts, known-series.ts and zero-first.ts.
 */
import type { Logger } from "pino";
import { carryForward, carrySilence, edgeTotals, type EdgeState, type EdgeTotals } from "./carry-forward.ts";
import type { EdgeLook } from "./edge-scrape.ts";
import { readEdgeState, writeEdgeState } from "./edge-state-file.ts";
import { NO_SERIES, noteSeries, type KnownSeries } from "./known-series.ts";

export interface EdgeView {
  look: EdgeLook;
  state: EdgeState;
  totals: EdgeTotals;
  known: KnownSeries;
  /** When the edge last answered. */
  answeredMs: number | undefined;
}

export interface EdgeCountsOptions {
  lookAtEdge: () => Promise<EdgeLook>;
  statePath: string;
  log: Logger;
}

/** A function that answers with the newest view. Calls at the same time share one look and one step of the state. */
export function edgeCounts({ lookAtEdge, statePath, log }: EdgeCountsOptions): () => Promise<EdgeView> {
  let state: EdgeState | undefined;
  let known: KnownSeries | undefined;
  let answeredMs: number | undefined;
  let view: EdgeView | undefined;
  let stepping: Promise<unknown> = Promise.resolve();

  async function step(look: EdgeLook): Promise<EdgeView> {
    if (view?.look === look) return view;
    state ??= await load();
    const next = look.state === "answered" ? carryForward(state, look.readings) : carrySilence(state);
    // Before anyone sees the new values: a restart must never know less than what was shown. A full disk alone must not blind anybody, though.
    if (look.state === "answered") {
      await writeEdgeState(statePath, next).catch((error: unknown) =>
        log.error({ error: String(error) }, "what the edge has counted could not be kept for the next start"),
      );
    }
    state = next;
    if (look.state === "answered") answeredMs = look.atMs;
    else if (view?.look.state !== "silent") log.warn({ reason: look.reason, detail: look.detail }, "the edge gives no metrics");
    const totals = edgeTotals(state);
    if (totals.state === "complete") known = noteSeries(known, totals.counters.keys(), look.atMs);
    view = { look, state, totals, known: known ?? NO_SERIES, answeredMs };
    return view;
  }

  async function load(): Promise<EdgeState> {
    const read = await readEdgeState(statePath);
    if (read.ok) {
      const kept = [...read.value.values()].flatMap(({ last, offsets }) => [...last.keys(), ...offsets.keys()]);
      if (kept.length > 0) known = noteSeries(undefined, kept, -Infinity);
      return read.value;
    }
    log.error({ detail: read.failure }, "what the edge had counted before is lost: its counters begin anew");
    return new Map();
  }

  return async function readEdgeCounts() {
    const look = await lookAtEdge();
    // In turn: two steps at once would write two states.
    const turn = stepping.then(() => step(look));
    stepping = turn.catch(() => undefined);
    return turn;
  };
}
