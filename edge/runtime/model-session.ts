/**
 * One loaded model: tensors in, tensors out, and its end, by whichever engine its manifest names. A run is synchronous, so a session that is retired between two requests is never under one.
 * Knows nothing of versions or releases.
 */
import type { Manifest } from "../../contract/manifest.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { OrtSession } from "./ort-session.ts";
import { TreeSession } from "./tree-session.ts";

type EngineSession = OrtSession | TreeSession;

export class ModelSession {
  readonly #session: EngineSession;
  readonly #outputNames: readonly string[];
  #isRetired = false;

  private constructor(session: EngineSession, outputNames: readonly string[]) {
    this.#session = session;
    this.#outputNames = outputNames;
  }

  /** The model that a manifest describes, with all its outputs. Throws for bytes that are no servable model of its engine. */
  static async ofManifest(
    artifact: Uint8Array,
    manifest: Pick<Manifest, "engine" | "inputs" | "outputs">,
  ): Promise<ModelSession> {
    const outputNames = manifest.outputs.map(({ name }) => name);
    if (manifest.engine !== "tree_walk") return ModelSession.open(artifact, outputNames);
    return ModelSession.#checked(TreeSession.open(artifact, manifest), outputNames);
  }

  /** A model in onnxruntime. Throws what onnxruntime throws for bytes that are no servable model. `outputNames` are those to fetch, all tensors. */
  static async open(artifact: Uint8Array, outputNames: readonly string[]): Promise<ModelSession> {
    return ModelSession.#checked(await OrtSession.open(artifact), outputNames);
  }

  static #checked(session: EngineSession, outputNames: readonly string[]): ModelSession {
    const missing = outputNames.filter((name) => !session.outputNames.includes(name));
    if (missing.length === 0) return new ModelSession(session, outputNames);
    session.release();
    throw new Error(`the model has no output ${missing.join(", ")}`);
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Outputs in the manifest's order, or those named. The returned data is a copy: it outlives the session. Throws an OrtError for what onnxruntime refuses. */
  run(inputs: readonly Tensor[], outputNames: readonly string[] = this.#outputNames): Tensor[] {
    if (this.#isRetired) throw new Error("run on a released session");
    return this.#session.run(inputs, outputNames);
  }

  /** Frees its WASM memory. Its holder has let go of it: whoever picked it runs it without an await in between. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#session.release();
  }
}
