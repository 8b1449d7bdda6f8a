/**
 * What one isolate knows of one model: the release it serves, and how it takes over the next. It never goes back to a lower
 * generation, and any failure leaves the last good release serving. No HTTP here, and no clock of its own.
 */
import type { Release } from "../../contract/release.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { shadowVersion, type ShadowVersion } from "../shadow/shadow-version.ts";
import { loadVersion, retireVersion, targetIdentity, type LoadedVersion } from "./load-version.ts";
import type { Refusal } from "./refusal.ts";
import type { ReleaseStore } from "./release-store.ts";
import { canarySplit, type CanarySplit } from "./split.ts";
import { verifyRelease, verifyStaged } from "./verify.ts";

/** A refresh that has not ended after this long was cancelled with the request that carried it (waitUntil ends after 30 s). */
const REFRESH_DEAD_MS = 35_000;
/** A refused release is tried again after 1, 2, 4 … refresh intervals, at most this long: its objects may be repaired. */
const RETRY_MS_MAX = 60_000;

export interface Serving {
  release: Release;
  stable: LoadedVersion;
  canary: { loaded: LoadedVersion; split: CanarySplit } | undefined;
  shadow: ShadowVersion | undefined;
  /** Every version in the release, by name: stable, canary, shadow. */
  versions: ReadonlyMap<string, LoadedVersion>;
}

export interface LineOptions {
  model: string;
  store: ReleaseStore;
  publicKeys: () => Promise<CryptoKey[]>;
  artifactBytesMax: number;
  refreshIntervalMs: number;
  /** A version was taken into service; `loadMs` is what fetching, checking and opening it took by the isolate's clock. */
  onLoad: (model: string, version: string, loadMs: number) => void;
  onRefusal: (model: string, refusal: Refusal) => void;
}

export class ModelLine {
  readonly #options: LineOptions;
  #serving: Serving | undefined;
  #staged: { loaded: LoadedVersion; checkedMs: number } | undefined;
  #acceptedText: string | undefined;
  /** The highest generation ever served here; outlives an unload. */
  #generationFloor = 0;
  #refused: { text: string | null; attempts: number; atMs: number; waitMs: number; refusal: Refusal } | undefined;
  #refreshingSinceMs: number | undefined;
  #checkedMs = -Infinity;
  lastUsedMs = 0;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get serving(): Serving | undefined {
    return this.#serving;
  }

  get staged(): LoadedVersion | undefined {
    return this.#staged?.loaded;
  }

  /** The latest refusal that still stands: cleared when a release is taken over. */
  get refusal(): Refusal | undefined {
    return this.#refused?.refusal;
  }

  /** When KV was last asked successfully or not; -Infinity before the first time. */
  get checkedMs(): number {
    return this.#checkedMs;
  }

  isRefreshing(nowMs: number): boolean {
    const sinceMs = this.#refreshingSinceMs;
    return sinceMs !== undefined && nowMs >= sinceMs && nowMs - sinceMs < REFRESH_DEAD_MS;
  }

  isRefreshDue(nowMs: number): boolean {
    const elapsedMs = nowMs - this.#checkedMs;
    // A clock that was set back must not keep the isolate from looking until it has caught up.
    return (elapsedMs >= this.#options.refreshIntervalMs || elapsedMs < 0) && !this.isRefreshing(nowMs);
  }

  /** Looks at KV once and takes over what it holds, if that is newer and passes every check. Never throws. */
  async refresh(clock: () => number): Promise<void> {
    const startedMs = clock();
    this.#refreshingSinceMs = startedMs;
    try {
      const text = await this.#options.store.release(this.#options.model);
      this.#checkedMs = clock();
      if (!text.ok) return this.#refuse(null, text.failure, clock());
      if (text.value !== null && text.value === this.#acceptedText) return;
      if (this.#refused?.text === text.value && this.#isWaiting(this.#refused, clock())) return;
      const outcome = await this.#takeOver(text.value, clock);
      if (!outcome.ok) return this.#refuse(text.value, outcome.failure, clock());
      this.#acceptedText = text.value ?? undefined;
      this.#refused = undefined;
    } catch (error) {
      this.#refuse(null, { reason: "session_rejected", detail: String(error).slice(0, 300) }, clock());
    } finally {
      if (this.#refreshingSinceMs === startedMs) this.#refreshingSinceMs = undefined;
    }
  }

  async #takeOver(text: string | null, clock: () => number): Promise<Result<void, Refusal>> {
    const { model } = this.#options;
    if (text === null) return fail({ reason: "release_missing" });
    const verified = await verifyRelease(text, model, await this.#options.publicKeys());
    if (!verified.ok) return verified;
    const release = verified.value;
    const before = this.#serving;
    if (!(release.generation >= this.#generationFloor)) {
      return fail({ reason: "generation_lower", got: release.generation, serving: this.#generationFloor });
    }
    // The same generation is the same release; a second reading of it changes nothing.
    if (before && release.generation === before.release.generation) return succeed(undefined);

    const targets = [release.stable, release.canary, release.shadow].filter((target) => target !== null);
    const versions = new Map<string, LoadedVersion>();
    const opened = new Map<LoadedVersion, number>();
    for (const target of targets) {
      const startedMs = clock();
      const kept = [...(before?.versions.values() ?? [])].find(({ identity }) => identity === targetIdentity(target));
      const loaded = kept ? succeed(kept) : await loadVersion(model, target, this.#options.store, this.#options.artifactBytesMax);
      if (!loaded.ok) {
        for (const version of opened.keys()) retireVersion(version);
        return loaded;
      }
      if (!kept) opened.set(loaded.value, clock() - startedMs);
      versions.set(target.version, loaded.value);
    }
    // Another refresh may have overtaken this one while it loaded.
    const current = this.#serving;
    if (current !== before) {
      for (const version of opened.keys()) retireVersion(version);
      return succeed(undefined);
    }
    this.#serving = servingOf(release, versions);
    this.#generationFloor = release.generation;
    for (const [{ version }, loadMs] of opened) this.#options.onLoad(model, version, loadMs);
    const kept = new Set(versions.values());
    for (const old of before?.versions.values() ?? []) if (!kept.has(old)) retireVersion(old);
    return succeed(undefined);
  }

  /** Makes a staged version available as `staged`, which an operator asked for by name. One is held at a time. */
  async stage(version: string, clock: () => number): Promise<Result<void, Refusal>> {
    const { model, store, artifactBytesMax, refreshIntervalMs } = this.#options;
    const held = this.#staged;
    if (held?.loaded.version === version && clock() - held.checkedMs < refreshIntervalMs) return succeed(undefined);
    const text = await store.staged(model, version);
    if (!text.ok) return text;
    if (text.value === null) return fail({ reason: "release_missing" });
    const verified = await verifyStaged(text.value, model, await this.#options.publicKeys());
    if (!verified.ok) return verified;
    const { target } = verified.value;
    if (target.version !== version) return fail({ reason: "release_model_mismatch", got: `${model} ${target.version}` });
    if (held && held.loaded.identity === targetIdentity(target)) {
      held.checkedMs = clock();
      return succeed(undefined);
    }
    const loaded = await loadVersion(model, target, store, artifactBytesMax);
    if (!loaded.ok) {
      this.#options.onRefusal(model, loaded.failure);
      return loaded;
    }
    const replaced = this.#staged?.loaded;
    this.#staged = { loaded: loaded.value, checkedMs: clock() };
    if (replaced) retireVersion(replaced);
    return succeed(undefined);
  }

  /** Frees what it holds; the next request for the model loads it again. Keeps the generation it must not go below. */
  unload(): void {
    const held = [...(this.#serving?.versions.values() ?? []), ...(this.#staged ? [this.#staged.loaded] : [])];
    this.#serving = undefined;
    this.#staged = undefined;
    this.#acceptedText = undefined;
    for (const version of held) retireVersion(version);
  }

  #refuse(text: string | null, refusal: Refusal, nowMs: number): void {
    const attempts = this.#refused && this.#refused.text === text ? this.#refused.attempts + 1 : 1;
    const waitMs = Math.min(this.#options.refreshIntervalMs * 2 ** (attempts - 1), RETRY_MS_MAX);
    this.#refused = { text, attempts, atMs: nowMs, waitMs, refusal };
    this.#options.onRefusal(this.#options.model, refusal);
  }

  #isWaiting({ atMs, waitMs }: { atMs: number; waitMs: number }, nowMs: number): boolean {
    return nowMs >= atMs && nowMs < atMs + waitMs;
  }
}

function servingOf(release: Release, versions: ReadonlyMap<string, LoadedVersion>): Serving {
  const { model, canary, shadow } = release;
  const loadedOf = ({ version }: { version: string }): LoadedVersion => versions.get(version) as LoadedVersion;
  const stable = loadedOf(release.stable);
  return {
    release,
    stable,
    canary: canary ? { loaded: loadedOf(canary), split: canarySplit(model, canary) } : undefined,
    shadow: shadow ? shadowVersion(stable, loadedOf(shadow), shadow.tolerance) : undefined,
    versions,
  };
}
