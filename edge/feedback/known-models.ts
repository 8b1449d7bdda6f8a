/**
 * The models that are here, by the reference that a receipt has of them. Kept for as long as the isolate lives, and asked of KV again only when a
 * receipt names one that is not among them: listing costs money, and a stream of truth would do it every second.
 */
import { modelReference } from "../../contract/receipt.ts";

export interface ModelLister {
  /** Names of all models with a release; empty where KV has not answered yet. */
  models(): Promise<string[]>;
}

export class KnownModels {
  readonly #lister: ModelLister;
  #byReference: ReadonlyMap<number, string> = new Map();

  constructor(lister: ModelLister) {
    this.#lister = lister;
  }

  /** By reference; undefined when no model is known, which says only that nobody has listed them yet. */
  get current(): ReadonlyMap<number, string> | undefined {
    return this.#byReference.size === 0 ? undefined : this.#byReference;
  }

  /** Lists them again. One that is gone stays known: its truths still count. */
  async refresh(): Promise<void> {
    const names = await this.#lister.models();
    this.#byReference = new Map([...this.#byReference, ...names.map((name) => [modelReference(name), name] as const)]);
  }
}
