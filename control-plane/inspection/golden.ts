/**
 * Candidates for the golden rows: batches of inputs, largest first, of which inspection records the first that runs and fits the
 * manifest. Taken from the registrant's examples, evenly spaced, or made up from a fixed seed. Pure; running them is the probe's part.
 */
import { GOLDEN_ROWS_MAX, REQUEST_ELEMENTS_MAX } from "../../contract/limits.ts";
import { instancesToTensors } from "../../contract/instances.ts";
import type { Manifest, ManifestInput } from "../../contract/manifest.ts";
import { fail, type Result } from "../../contract/result.ts";
import { tensorToRecord } from "../../contract/tensor-bytes.ts";
import { elementCount, emptyTensorData, type Tensor, type TensorData } from "../../contract/tensor.ts";
import type { GoldenRun, InspectionRefusal } from "./inspection.ts";
import { FREE_AXIS_LENGTHS } from "./inspection-limits.ts";
import type { ModelInput } from "./model-interface.ts";
import { seededRandom, type Random } from "./seeded-random.ts";

/**
 * The edge runs the same WASM binary on one thread, so it gives the same bits as long as its processor does. Not zero, because WASM
 * leaves some results to the processor (NaN bits, relaxed SIMD, should a build of onnxruntime turn it on), and a machine with
 * another one must not turn every version away. A flipped weight moves an output by far more.
 */
export const GOLDEN_TOLERANCE = { absolute: 1e-6, relative: 1e-6 } as const;

const SEED = 20_261_123;

/** All examples as tensors, in order: what `expected` is compared on. */
export function exampleTensors(
  examples: readonly unknown[],
  inputs: readonly ManifestInput[],
): Result<Tensor[], InspectionRefusal> {
  const tensors = instancesToTensors(examples, inputs);
  return tensors.ok ? tensors : fail({ reason: "examples_invalid", detail: JSON.stringify(tensors.failure) });
}

/** Batches of 32, 16, … 1 of the examples, which must all be valid; all of them where the model fixes the number of rows. */
export function* exampleCandidates(examples: readonly unknown[], inputs: readonly ManifestInput[]): Generator<Tensor[]> {
  const isFixed = inputs.some(({ shape }) => shape[0] !== -1);
  for (const rows of isFixed ? [examples.length] : rowCounts(examples.length)) {
    const tensors = instancesToTensors(isFixed ? examples : chooseExamples(examples, rows), inputs);
    if (tensors.ok) yield tensors.value;
  }
}

/** Evenly spaced, with up to a quarter of rows that miss a value: they take paths through a tree that no other row takes. */
function chooseExamples(examples: readonly unknown[], rows: number): unknown[] {
  const missing = examples.filter(hasMissing);
  const whole = examples.filter((example) => !hasMissing(example));
  const fromMissing = Math.max(Math.min(missing.length, Math.floor(rows / 4)), rows - whole.length);
  return [...evenly(whole, rows - fromMissing), ...evenly(missing, fromMissing)];
}

const evenly = (values: readonly unknown[], count: number): unknown[] =>
  Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)]);

const hasMissing = (value: unknown): boolean =>
  value === null || (typeof value === "object" && Object.values(value).some(hasMissing));

/** Made-up batches: every length of the free axes with every number of rows, then with one row. */
export function* madeUpCandidates(inputs: readonly ModelInput[]): Generator<Tensor[]> {
  const hasFreeAxes = inputs.some(({ axes }) => axes.some((name, axis) => axis > 0 && name !== undefined));
  const hasFreeRows = inputs.some(({ axes }) => axes[0] !== undefined);
  for (const length of hasFreeAxes ? FREE_AXIS_LENGTHS : [1]) {
    for (const rows of hasFreeRows ? rowCounts(GOLDEN_ROWS_MAX) : [1]) {
      const elements = inputs.reduce((sum, { manifest }) => sum + elementCount(filledShape(manifest.shape, rows, length)), 0);
      if (elements > REQUEST_ELEMENTS_MAX) continue;
      const random = seededRandom(SEED);
      yield inputs.map(({ manifest }) => madeUpTensor(manifest, rows, length, random));
    }
  }
}

/** The tensors as the manifest holds them. */
export function goldenRecord({ inputs, outputs }: GoldenRun): Manifest["golden"] {
  return { inputs: inputs.map(tensorToRecord), outputs: outputs.map(tensorToRecord), tolerance: { ...GOLDEN_TOLERANCE } };
}

/** Bytes that the tensors' data takes in the manifest, worked out without encoding it: a batch can be far too large to encode. */
export function recordedBytes(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { data }) => {
    if (Array.isArray(data)) return sum + data.reduce((bytes, text) => bytes + Buffer.byteLength(JSON.stringify(text)) + 1, 0);
    return sum + Math.ceil(data.byteLength / 3) * 4;
  }, 0);
}

function rowCounts(max: number): number[] {
  const counts: number[] = [];
  for (let rows = Math.min(max, GOLDEN_ROWS_MAX); rows >= 1; rows = Math.floor(rows / 2)) counts.push(rows);
  return counts;
}

const filledShape = (shape: readonly number[], rows: number, length: number): number[] =>
  shape.map((fixed, axis) => (fixed !== -1 ? fixed : axis === 0 ? rows : length));

function madeUpTensor({ name, datatype, shape, missing }: ManifestInput, rows: number, length: number, random: Random): Tensor {
  const filled = filledShape(shape, rows, length);
  const data = emptyTensorData(datatype, elementCount(filled));
  const perRow = data.length / (filled[0] ?? 1);
  const isImage = shape.length > 2;
  for (let at = 0; at < data.length; at++) {
    const row = Math.floor(at / perRow);
    const isMissing = missing === "nan" && random() < 0.1;
    (data as unknown[])[at] = isMissing ? NaN : madeUpValue(data, datatype, row, isImage, random);
  }
  return { name, datatype, shape: filled, data };
}

/** Powers of ten that tabular rows go through, so that the splits of a tree model see both sides. */
const ROW_SCALES = [1, 10, 100, 1000] as const;
const TEXTS = ["a", "b", "c", ""] as const;

function madeUpValue(data: TensorData, datatype: Tensor["datatype"], row: number, isImage: boolean, random: Random): unknown {
  if (datatype === "BYTES") return TEXTS[Math.floor(random() * TEXTS.length)];
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return BigInt(Math.floor(random() * 2));
  if (datatype === "FP16" || datatype === "FP32" || datatype === "FP64") {
    return isImage ? random() : (random() * 2 - 0.5) * (ROW_SCALES[row % ROW_SCALES.length] as number);
  }
  // Token ids, masks, categories: 0 and 1 are valid in all of them. Pixels use their range.
  const isPixel = isImage && datatype === "UINT8";
  return Math.floor(random() * (isPixel ? 256 : 2));
}
