/**
 * One loaded model: tensors in, tensors out, and its end. A run is synchronous, so a session that is retired between two requests is never under one.
 * Knows nothing of versions or releases.
 */
import type { Tensor } from "../../contract/tensor.ts";
import { OrtSession } from "./ort-session.ts";

export class ModelSession {
  readonly #session: OrtSession;
  readonly #outputNames: readonly string[];
  #isRetired = false;

  private constructor(session: OrtSession, outputNames: readonly string[]) {
    this.#session = session;
    this.#outputNames = outputNames;
  }

  /** Throws what onnxruntime throws for bytes that are no servable model. `outputNames` are those to fetch, all tensors. */
  static async open(artifact: Uint8Array, outputNames: readonly string[]): Promise<ModelSession> {
    const session = await OrtSession.open(artifact);
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
