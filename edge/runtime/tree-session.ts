/**
 * A session of the other engine: a model that is one tree ensemble, walked by tree-walk.wasm instead of onnxruntime (docs/decisions/0027-tree-walk.md).
 * Which models it takes is decided at registration and written in the manifest.
 * Instances are kept for the next model: memory that V8 gives back only when it collects would be counted against the isolate until then.
 */
import wasmModule from "../../contract/tree-ensemble/tree-walk.wasm";
import { openEnsemble } from "../../contract/tree-ensemble/open-ensemble.ts";
import type { PackedEnsemble } from "../../contract/tree-ensemble/pack-ensemble.ts";
import { TreeWalker, type TreeWalk } from "../../contract/tree-ensemble/tree-walker.ts";
import type { Manifest } from "../../contract/manifest.ts";
import type { Tensor } from "../../contract/tensor.ts";

const idle: TreeWalk[] = [];
const all: TreeWalk[] = [];

/** Bytes of the isolate's instances; they grow and never shrink. */
export const treeWalkMemoryBytes = (): number => all.reduce((bytes, { memory }) => bytes + memory.buffer.byteLength, 0);

export class TreeSession {
  readonly outputNames: readonly string[];
  readonly #packed: Pick<PackedEnsemble, "input" | "output" | "columns">;
  readonly #walk: TreeWalk;
  readonly #walker: TreeWalker;

  private constructor(packed: PackedEnsemble, walk: TreeWalk) {
    this.outputNames = [packed.output];
    this.#packed = { input: packed.input, output: packed.output, columns: packed.columns };
    this.#walk = walk;
    this.#walker = new TreeWalker(walk, packed);
  }

  /** Throws for bytes that this engine does not take, or that need more memory than there is. */
  static open(artifact: Uint8Array, manifest: Pick<Manifest, "inputs" | "outputs">): TreeSession {
    const opened = openEnsemble(artifact, manifest);
    if (!opened.ok) throw new Error(`the trees cannot be walked because ${opened.failure.why}`);
    const walk = idle.pop() ?? started();
    try {
      return new TreeSession(opened.value.packed, walk);
    } catch (error) {
      idle.push(walk);
      throw error;
    }
  }

  /** One tensor in, one out. Throws for any other: the request was held to the manifest, and the manifest to the model, before. */
  run(inputs: readonly Tensor[], outputNames: readonly string[]): Tensor[] {
    const { input: name, output, columns } = this.#packed;
    const [input] = inputs;
    const isModels =
      inputs.length === 1 &&
      input?.name === name &&
      input.datatype === "FP32" &&
      input.shape.length === 2 &&
      input.shape[1] === columns;
    if (!isModels) throw new Error(`${name} takes FP32 [rows, ${columns}]`);
    const unknown = outputNames.find((asked) => asked !== output);
    if (unknown !== undefined) throw new Error(`the model has no tensor ${JSON.stringify(unknown)}`);
    const data = this.#walker.predict(input.data as Float32Array);
    return outputNames.map(() => ({ name: output, datatype: "FP32", shape: [data.length, 1], data }));
  }

  release(): void {
    idle.push(this.#walk);
  }
}

function started(): TreeWalk {
  const walk = new WebAssembly.Instance(wasmModule).exports as unknown as TreeWalk;
  all.push(walk);
  return walk;
}
