/**
 * One loaded model: tensors in, tensors out, and a count of the requests inside it, so that it is released when the last one
 * has ended and never under one (a run on a released session fails). Knows nothing of versions or releases.
 */
import * as ort from "onnxruntime-web/wasm";
import { DATATYPES, datatypeOfOrt } from "../../contract/datatype.ts";
import type { Tensor } from "../../contract/tensor.ts";
import { createSession } from "./ort.ts";

export class ModelSession {
  readonly #session: ort.InferenceSession;
  readonly #outputNames: readonly string[];
  #running = 0;
  #isRetired = false;

  private constructor(session: ort.InferenceSession, outputNames: readonly string[]) {
    this.#session = session;
    this.#outputNames = outputNames;
  }

  /** Throws what onnxruntime throws for bytes that are no servable model. `outputNames` are those to fetch, all tensors. */
  static async open(artifact: Uint8Array, outputNames: readonly string[]): Promise<ModelSession> {
    const session = await createSession(artifact);
    const missing = outputNames.filter((name) => !session.outputNames.includes(name));
    if (missing.length === 0) return new ModelSession(session, outputNames);
    await session.release();
    throw new Error(`the model has no output ${missing.join(", ")}`);
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Outputs in the manifest's order. The returned data is a copy: it outlives the session. */
  async run(inputs: readonly Tensor[], outputNames: readonly string[] = this.#outputNames): Promise<Tensor[]> {
    if (this.#isRetired && this.#running === 0) throw new Error("run on a released session");
    this.#running++;
    try {
      const feeds: Record<string, ort.Tensor> = {};
      for (const input of inputs) feeds[input.name] = toOrtTensor(input);
      const fetched = await this.#session.run(feeds, outputNames);
      return outputNames.map((name) => fromOrtTensor(name, fetched[name] as ort.Tensor));
    } finally {
      this.#running--;
      if (this.#isRetired && this.#running === 0) await this.#session.release();
    }
  }

  /** Takes no new work once its holder has let go of it; frees the WASM memory now or when the last run ends. */
  async retire(): Promise<void> {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#running === 0) await this.#session.release();
  }
}

function toOrtTensor({ datatype, data, shape }: Tensor): ort.Tensor {
  return new ort.Tensor(DATATYPES[datatype].ortType, data as never, shape);
}

function fromOrtTensor(name: string, tensor: ort.Tensor): Tensor {
  const datatype = datatypeOfOrt(tensor.type);
  if (datatype === undefined) throw new Error(`output ${name} has type ${tensor.type}, which the edge cannot carry`);
  return { name, datatype, shape: tensor.dims, data: tensor.data };
}
