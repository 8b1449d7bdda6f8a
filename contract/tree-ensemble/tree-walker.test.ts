/** The walk of trees against onnxruntime-node, another build of the runtime that it stands in for: every bit of every prediction. */
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../control-plane/inspection/seeded-random.ts";
import { drawLists, drawRows, ensembleOnnx, type Drawn } from "./ensemble.fixture.ts";
import { packEnsemble, type PackedEnsemble } from "./pack-ensemble.ts";
import { readEnsemble } from "./read-ensemble.ts";
import { ROWS_AT_ONCE, TreeWalker, type TreeWalk } from "./tree-walker.ts";

interface WebAssemblyOfNode {
  Module: new (binary: Uint8Array) => unknown;
  Instance: new (module: unknown) => { exports: TreeWalk };
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyOfNode }).WebAssembly;
const compiled = new Module(readFileSync(new URL("tree-walk.wasm", import.meta.url)));
const started = (): TreeWalk => new Instance(compiled).exports;

function packed(onnx: Uint8Array, columns: number): PackedEnsemble {
  const lists = readEnsemble(onnx);
  if (!lists.ok) throw new Error(lists.failure.why);
  const outcome = packEnsemble(lists.value, columns);
  if (!outcome.ok) throw new Error(outcome.failure.why);
  return outcome.value;
}

async function onnxruntime(onnx: Uint8Array, rows: Float32Array, columns: number): Promise<Float32Array> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1 });
  const outputs = await session.run({ features: new Tensor("float32", rows, [rows.length / columns, columns]) });
  return outputs["sum"]?.data as Float32Array;
}

/** One text a value, so that -0 and NaN count. */
const bits = (values: Float32Array): string[] => Array.from(values, (value) => (Object.is(value, -0) ? "-0" : String(value)));

const SHAPES: (Drawn & { rows: number })[] = [
  { trees: 1, columns: 1, depthMax: 1, leafiness: 0, base: 0, rows: 200 },
  { trees: 3, columns: 2, depthMax: 2, leafiness: 0.2, base: -0.1, rows: 300 },
  // Many trees that are one leaf, as a base score is.
  { trees: 41, columns: 5, depthMax: 4, leafiness: 0.5, base: 1e-3, rows: 500 },
  // Long thin trees beside short ones.
  { trees: 30, columns: 7, depthMax: 40, leafiness: 0.45, base: 80, rows: 500 },
  { trees: 100, columns: 12, depthMax: 6, leafiness: 0.05, base: 0.5, rows: 1_000 },
  { trees: 7, columns: 400, depthMax: 5, leafiness: 0.1, base: 0, rows: 200 },
];

describe("the walk of trees", () => {
  it.each(SHAPES.flatMap((shape) => [1, 2, 3].map((seed) => ({ ...shape, seed }))))(
    "gives onnxruntime's bits: $trees trees of depth $depthMax over $columns columns, seed $seed",
    async ({ rows, seed, ...drawn }) => {
      const random = seededRandom(seed);
      const onnx = ensembleOnnx(drawLists(random, drawn), drawn.columns);
      const values = drawRows(random, rows, drawn.columns);
      const expected = bits(await onnxruntime(onnx, values, drawn.columns));
      const walker = new TreeWalker(started(), packed(onnx, drawn.columns));
      expect(bits(walker.predict(values))).toEqual(expected);
      // Alone, and in every number that leaves a block unfilled: other ways through the walk.
      for (
        let from = 0, length = 1;
        from + length <= Math.min(rows, 100);
        from += length, length = (length % (ROWS_AT_ONCE * 2)) + 1
      ) {
        const some = values.slice(from * drawn.columns, (from + length) * drawn.columns);
        expect(bits(walker.predict(some))).toEqual(expected.slice(from, from + length));
      }
    },
  );

  it("leaves nothing of one model or call behind for the next in the same instance", () => {
    const walk = started();
    const random = seededRandom(9);
    const models = [
      { trees: 50, columns: 30, depthMax: 6, leafiness: 0, base: 1 },
      { trees: 2, columns: 1, depthMax: 2, leafiness: 0, base: 0 },
    ].map((drawn) => ({
      columns: drawn.columns,
      packed: packed(ensembleOnnx(drawLists(random, drawn), drawn.columns), drawn.columns),
    }));
    for (const { columns, packed } of [...models, ...models]) {
      const values = drawRows(random, 999, columns);
      const fresh = bits(new TreeWalker(started(), packed).predict(values));
      const walker = new TreeWalker(walk, packed);
      expect(bits(walker.predict(values))).toEqual(fresh);
      expect(bits(walker.predict(values))).toEqual(fresh);
    }
  });

  it("answers no rows with no predictions, and refuses values that are no rows", () => {
    const walker = new TreeWalker(started(), packed(ensembleOnnx(drawLists(seededRandom(1), SHAPES[1] as Drawn), 2), 2));
    expect(walker.predict(new Float32Array(0))).toHaveLength(0);
    expect(() => walker.predict(new Float32Array(3))).toThrow("3 values are no rows of 2");
  });

  it("throws where the memory of its instance cannot hold the trees", () => {
    const drawn = { trees: 1, columns: 8_000, depthMax: 2, leafiness: 0, base: 0 };
    const ensemble = packed(ensembleOnnx(drawLists(seededRandom(1), drawn), 8_000), 8_000);
    const nodeTable = new Uint8Array(9 * 1024 * 1024);
    expect(() => new TreeWalker(started(), { ...ensemble, nodeTable })).toThrow(RangeError);
  });
});
