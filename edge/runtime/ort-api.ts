/**
 * onnxruntime's C functions as its WASM build exports them, as far as they are used here. Pointers are offsets into the WASM memory, 4 bytes each;
 * a function that can fail answers 0 for success, or 0 for no handle. Types and the reading of errors; nothing is called on its own.
 * Source: onnxruntime 1.30, js/web/lib/wasm/wasm-types.ts and onnxruntime/wasm/api.h. The version is pinned, and tests hold every datatype to onnxruntime-node.
 */

export type Pointer = number;

export interface OrtApi {
  _malloc(bytes: number): Pointer;
  _free(pointer: Pointer): void;
  stackSave(): Pointer;
  stackAlloc(bytes: number): Pointer;
  stackRestore(stack: Pointer): void;
  UTF8ToString(pointer: Pointer, bytesMax?: number): string;

  _OrtInit(threads: number, logSeverity: number): number;
  _OrtGetLastError(code: Pointer, message: Pointer): number;
  _OrtCreateSessionOptions(
    graphOptimizationLevel: number,
    enableCpuMemArena: number,
    enableMemPattern: number,
    executionMode: number,
    enableProfiling: number,
    profileFilePrefix: Pointer,
    logId: Pointer,
    logSeverity: number,
    logVerbosity: number,
    optimizedModelFilePath: Pointer,
  ): Pointer;
  _OrtReleaseSessionOptions(options: Pointer): number;
  _OrtCreateSession(model: Pointer, bytes: number, options: Pointer): Pointer;
  _OrtReleaseSession(session: Pointer): number;
  _OrtGetInputOutputCount(session: Pointer, inputCount: Pointer, outputCount: Pointer): number;
  /** The name is the caller's to free; so is the metadata, whose first word is the element type (0: no tensor). */
  _OrtGetInputOutputMetadata(session: Pointer, index: number, name: Pointer, metadata: Pointer): number;
  _OrtFree(pointer: Pointer): number;
  /** Numbers stay in `data`, which must outlive the tensor; texts (`data` is an array of C strings) are copied. */
  _OrtCreateTensor(
    elementType: number,
    data: Pointer,
    dataBytes: number,
    dims: Pointer,
    rank: number,
    dataLocation: number,
  ): Pointer;
  /** The dims are the caller's to free with `_OrtFree`, and of a text tensor the data with `_free`. */
  _OrtGetTensorData(tensor: Pointer, elementType: Pointer, data: Pointer, dims: Pointer, rank: Pointer): number;
  _OrtReleaseTensor(tensor: Pointer): number;
  _OrtRun(
    session: Pointer,
    inputNames: Pointer,
    inputs: Pointer,
    inputCount: number,
    outputNames: Pointer,
    outputCount: number,
    outputs: Pointer,
    runOptions: Pointer,
  ): number;
}

/** onnxruntime, started. */
export interface Ort {
  api: OrtApi;
  /** The whole WASM memory. Ask again after every call into it: it may have grown. */
  bytes: () => Uint8Array;
  /** The 32-bit word at a pointer. */
  word: (pointer: Pointer) => number;
  setWord: (pointer: Pointer, value: number) => void;
}

/** What onnxruntime itself refused: the model, the input's shape, an allocation. */
export class OrtError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "OrtError";
    this.code = code;
  }
}

/** onnxruntime's own account of the call that just failed. */
export function lastError({ api, word }: Ort, doing: string): OrtError {
  const stack = api.stackSave();
  try {
    const place = api.stackAlloc(8);
    api._OrtGetLastError(place, place + 4);
    const message = word(place + 4);
    return new OrtError(word(place), `${doing}: ${message === 0 ? "no reason given" : api.UTF8ToString(message)}`);
  } finally {
    api.stackRestore(stack);
  }
}
