/**
 * All model lines of one isolate: which models there are, waiting for a cold one, and picking the version that answers a request.
 * `pick` is synchronous on purpose: between picking a version and running it nothing may retire it.
 */
import { MODELS_LOADED_MAX } from "../../contract/limits.ts";
import { modelName } from "../../contract/names.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { ShadowVersion } from "../shadow/shadow-version.ts";
import { callerOf } from "./caller.ts";
import type { LoadedVersion } from "./load-version.ts";
import { ModelLine, type LineOptions } from "./model-line.ts";
import { refusalReason } from "./refusal.ts";
import { isOnCanary } from "./split.ts";

/** How long a request in a cold isolate waits for its model; after that it gets 503 with Retry-After, and the load goes on. */
const COLD_WAIT_MS = 20_000;
const COLD_POLL_MS = 10;
/** Names are listed again at most this often on the word of a caller. */
const LIST_INTERVAL_MS = 1_000;

export type ServingProblem =
  | { reason: "model_unknown"; model: string; known: string[] }
  | { reason: "model_not_named"; known: string[] }
  | { reason: "version_unknown"; model: string; version: string; available: string[] }
  | { reason: "model_not_ready"; model: string; because: string };

const NOTHING_RELEASED: ServingProblem = { reason: "model_not_ready", model: "(any)", because: "nothing is released yet" };

export interface Picked {
  model: string;
  generation: number;
  loaded: LoadedVersion;
  /** False for a staged version, which an operator asks for: what it is asked is no traffic, and is neither counted for drift nor estimated. */
  isLive: boolean;
  /** What stable's answers are compared with, where the release has a shadow and stable answers. */
  shadow: ShadowVersion | undefined;
}

export type WaitUntil = (promise: Promise<unknown>) => void;
export type FleetOptions = Omit<LineOptions, "model"> & { defaultModel: string; clock: () => number };

export class Fleet {
  readonly #options: FleetOptions;
  readonly #lines = new Map<string, ModelLine>();
  #known: string[] = [];
  #listedMs = -Infinity;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Models that serve in this isolate, for health. */
  lines(): [string, ModelLine][] {
    return [...this.#lines].filter(([, line]) => line.serving);
  }

  /** Versions in a model's release. */
  versions(model: string): string[] {
    return [...(this.#lines.get(model)?.serving?.versions.keys() ?? [])];
  }

  /** Refusals that stand, by model. */
  refusals(): Record<string, string> {
    return Object.fromEntries(
      [...this.#lines].flatMap(([model, { refusal }]) => (refusal ? [[model, refusalReason(refusal)]] : [])),
    );
  }

  /** Names of all models with a release, as KV last listed them. */
  async models(): Promise<string[]> {
    const { clock, store } = this.#options;
    if (clock() - this.#listedMs >= LIST_INTERVAL_MS) {
      const listed = await store.models();
      if (listed.ok) this.#known = listed.value;
      this.#listedMs = clock();
    }
    return this.#known;
  }

  /**
   * Makes sure that the model serves here, then names it. Returns at once when it does (and refreshes it in the background when due);
   * otherwise waits for the load, its own or another request's. `model` undefined asks for the default one.
   */
  async ready(model: string | undefined, waitUntil: WaitUntil): Promise<Result<string, ServingProblem>> {
    const name = model ?? this.#options.defaultModel;
    if (name === "") return this.#onlyModel(waitUntil);
    const line = this.#lines.get(name);
    if (line?.serving) {
      const nowMs = this.#options.clock();
      line.lastUsedMs = nowMs;
      if (line.isRefreshDue(nowMs)) waitUntil(line.refresh(this.#options.clock));
      return succeed(name);
    }
    return this.#coldReady(name, waitUntil);
  }

  /** The version that answers: the named one if the release has it, else the canary or stable. Call right before running it. */
  pick(model: string, version: string | undefined, request: Request): Result<Picked, ServingProblem> {
    const line = this.#lines.get(model);
    const serving = line?.serving;
    if (!line || !serving) return fail({ reason: "model_not_ready", model, because: "unloaded" });
    const { generation } = serving.release;
    if (version === undefined) {
      const { stable, canary, shadow } = serving;
      if (canary !== undefined && isOnCanary(canary.split, callerOf(request))) {
        return succeed({ model, generation, loaded: canary.loaded, isLive: true, shadow: undefined });
      }
      return succeed({ model, generation, loaded: stable, isLive: true, shadow });
    }
    const loaded = serving.versions.get(version);
    if (loaded) return succeed({ model, generation, loaded, isLive: true, shadow: undefined });
    return fail({ reason: "version_unknown", model, version, available: [...serving.versions.keys()] });
  }

  /** Loads a staged version for an operator; `pickStaged` then answers with it. */
  async stage(model: string, version: string): Promise<Result<void, ServingProblem>> {
    const line = this.#lines.get(model);
    const staged = await line?.stage(version, this.#options.clock);
    if (staged?.ok) return staged;
    const reason = staged ? refusalReason(staged.failure) : "model_unknown";
    if (reason === "release_missing") {
      return fail({ reason: "version_unknown", model, version, available: this.versions(model) });
    }
    return fail({ reason: "model_not_ready", model, because: reason });
  }

  pickStaged(model: string, version: string): Result<Picked, ServingProblem> {
    const line = this.#lines.get(model);
    const loaded = line?.staged;
    if (loaded?.version === version && line?.serving) {
      return succeed({ model, generation: line.serving.release.generation, loaded, isLive: false, shadow: undefined });
    }
    return fail({ reason: "model_not_ready", model, because: "another staged version took its place" });
  }

  async #onlyModel(waitUntil: WaitUntil): Promise<Result<string, ServingProblem>> {
    const known = await this.models();
    const [only] = known;
    if (only === undefined) return fail(NOTHING_RELEASED);
    if (known.length > 1) return fail({ reason: "model_not_named", known });
    return this.ready(only, waitUntil);
  }

  async #coldReady(model: string, waitUntil: WaitUntil): Promise<Result<string, ServingProblem>> {
    const { clock } = this.#options;
    const line = await this.#lineOf(model);
    // With no release at all (a first start, or a cached miss) the name may well be right in a moment.
    if (!line && this.#known.length === 0) return fail(NOTHING_RELEASED);
    if (!line) return fail({ reason: "model_unknown", model: model.slice(0, 64), known: this.#known });
    const deadlineMs = clock() + COLD_WAIT_MS;
    const arrivedMs = clock();
    while (!line.serving) {
      const nowMs = clock();
      if (nowMs >= deadlineMs) return fail({ reason: "model_not_ready", model, because: "still loading" });
      if (!line.isRefreshing(nowMs)) {
        // Looked at since this request came, or a moment ago, and not servable: say so instead of hammering KV.
        const isKnownBad = line.refusal !== undefined && (line.checkedMs >= arrivedMs || !line.isRefreshDue(nowMs));
        if (isKnownBad) return fail({ reason: "model_not_ready", model, because: refusalReason(line.refusal as never) });
        waitUntil(line.refresh(clock));
      }
      // Polling rather than awaiting the load: another request may own it, and it is cancelled with that request.
      await new Promise((resolve) => setTimeout(resolve, COLD_POLL_MS));
    }
    line.lastUsedMs = clock();
    this.#makeRoom(line);
    return succeed(model);
  }

  /** The line of a model that KV has a release for; made on first use. */
  async #lineOf(model: string): Promise<ModelLine | undefined> {
    const line = this.#lines.get(model);
    if (line) return line;
    if (!modelName.safeParse(model).success || !(await this.models()).includes(model)) return undefined;
    // Another request may have made it during the listing.
    const made = this.#lines.get(model) ?? new ModelLine({ ...this.#options, model });
    this.#lines.set(model, made);
    return made;
  }

  #makeRoom(keep: ModelLine): void {
    const loaded = [...this.#lines.values()].filter((line) => line.serving && line !== keep);
    if (loaded.length < MODELS_LOADED_MAX) return;
    const oldest = loaded.reduce((a, b) => (a.lastUsedMs <= b.lastUsedMs ? a : b));
    oldest.unload();
  }
}
