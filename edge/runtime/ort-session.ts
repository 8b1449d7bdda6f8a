/**
 * A session of onnxruntime over its C functions: bytes in, names out, and one run from tensors to tensors, which is synchronous, as WASM is. Keeps a small
 * frame of WASM memory for the pointers of a run. When to release it is decided elsewhere (model-session.ts).
 */
import type { Tensor } from "../../contract/tensor.ts";
import { lastError, type Ort, type Pointer } from "./ort-api.ts";
import { allocate, freeWritten, readTensor, TENSOR_WORDS, writeTensor, type WrittenTensor } from "./ort-tensor.ts";
import { startedOrt } from "./ort.ts";

const ALL_OPTIMIZATIONS = 99;
const LOG_SEVERITY_ERROR = 3;

/** Names of inputs and outputs as C strings in WASM memory. */
interface Names {
  inputs: Map<string, Pointer>;
  outputs: Map<string, Pointer>;
}

/** Where the pointers of a run are. */
interface Frame {
  inputNames: Pointer;
  inputs: Pointer;
  outputNames: Pointer;
  outputs: Pointer;
  tensorWords: Pointer;
}

export class OrtSession {
  readonly #ort: Ort;
  readonly #handle: Pointer;
  readonly #names: Names;
  readonly #frame: Frame;

  private constructor(ort: Ort, handle: Pointer, names: Names) {
    this.#ort = ort;
    this.#handle = handle;
    this.#names = names;
    const [inputWords, outputWords] = [4 * names.inputs.size, 4 * names.outputs.size];
    const inputNames = allocate(ort, 2 * inputWords + 2 * outputWords + 4 * TENSOR_WORDS);
    const inputs = inputNames + inputWords;
    const outputNames = inputs + inputWords;
    const outputs = outputNames + outputWords;
    this.#frame = { inputNames, inputs, outputNames, outputs, tensorWords: outputs + outputWords };
  }

  /** Throws an OrtError for bytes that are no servable model, or that need more memory than there is. */
  static async open(artifact: Uint8Array): Promise<OrtSession> {
    const ort = await startedOrt();
    const { api } = ort;
    const model = allocate(ort, artifact.byteLength);
    const options = api._OrtCreateSessionOptions(ALL_OPTIMIZATIONS, 1, 1, 0, 0, 0, 0, LOG_SEVERITY_ERROR, 0, 0);
    try {
      if (options === 0) throw lastError(ort, "no session options");
      ort.bytes().set(artifact, model);
      const handle = api._OrtCreateSession(model, artifact.byteLength, options);
      if (handle === 0) throw lastError(ort, "the model does not load");
      try {
        return new OrtSession(ort, handle, readNames(ort, handle));
      } catch (error) {
        api._OrtReleaseSession(handle);
        throw error;
      }
    } finally {
      if (options !== 0) api._OrtReleaseSessionOptions(options);
      api._free(model);
    }
  }

  get outputNames(): string[] {
    return [...this.#names.outputs.keys()];
  }

  /** Outputs in the order asked for; their data are copies. Throws an OrtError when onnxruntime refuses the inputs or runs out of memory. */
  run(inputs: readonly Tensor[], outputNames: readonly string[]): Tensor[] {
    const ort = this.#ort;
    const names = this.#names;
    const frame = this.#frame;
    if (inputs.length > names.inputs.size || outputNames.length > names.outputs.size)
      throw new Error("more tensors than the model has");
    const written: WrittenTensor[] = [];
    try {
      for (let index = 0; index < inputs.length; index++) {
        const input = inputs[index] as Tensor;
        const tensor = writeTensor(ort, input);
        written.push(tensor);
        ort.setWord(frame.inputNames + 4 * index, named(names.inputs, input.name));
        ort.setWord(frame.inputs + 4 * index, tensor.handle);
      }
      for (let index = 0; index < outputNames.length; index++) {
        ort.setWord(frame.outputNames + 4 * index, named(names.outputs, outputNames[index] as string));
        // Null: onnxruntime makes the tensor.
        ort.setWord(frame.outputs + 4 * index, 0);
      }
      const failed = ort.api._OrtRun(
        this.#handle,
        frame.inputNames,
        frame.inputs,
        inputs.length,
        frame.outputNames,
        outputNames.length,
        frame.outputs,
        0,
      );
      if (failed !== 0) throw lastError(ort, "the run fails");
      return this.#read(outputNames);
    } finally {
      for (const tensor of written) freeWritten(ort, tensor);
    }
  }

  release(): void {
    const { api } = this.#ort;
    api._OrtReleaseSession(this.#handle);
    for (const pointer of [...this.#names.inputs.values(), ...this.#names.outputs.values()]) api._OrtFree(pointer);
    api._free(this.#frame.inputNames);
  }

  /** Releases every output, also when one of them cannot be read. */
  #read(outputNames: readonly string[]): Tensor[] {
    const ort = this.#ort;
    const { outputs, tensorWords } = this.#frame;
    try {
      return outputNames.map((name, index) => readTensor(ort, ort.word(outputs + 4 * index), name, tensorWords));
    } finally {
      for (let index = 0; index < outputNames.length; index++) ort.api._OrtReleaseTensor(ort.word(outputs + 4 * index));
    }
  }
}

function named(pointers: ReadonlyMap<string, Pointer>, name: string): Pointer {
  const pointer = pointers.get(name);
  if (pointer === undefined) throw new Error(`the model has no tensor ${JSON.stringify(name)}`);
  return pointer;
}

function readNames(ort: Ort, handle: Pointer): Names {
  const { api } = ort;
  const words = allocate(ort, 8);
  try {
    if (api._OrtGetInputOutputCount(handle, words, words + 4) !== 0) throw lastError(ort, "no count of inputs");
    const [inputCount, outputCount] = [ort.word(words), ort.word(words + 4)];
    const names: Names = { inputs: new Map(), outputs: new Map() };
    for (let index = 0; index < inputCount + outputCount; index++) {
      if (api._OrtGetInputOutputMetadata(handle, index, words, words + 4) !== 0) throw lastError(ort, "no metadata");
      const name = ort.word(words);
      api._OrtFree(ort.word(words + 4));
      (index < inputCount ? names.inputs : names.outputs).set(api.UTF8ToString(name), name);
    }
    return names;
  } finally {
    api._free(words);
  }
}
