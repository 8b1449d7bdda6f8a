/**
 * Tensors into the WASM memory as onnxruntime's tensors, and out of it as copies. One allocation a tensor: its dims, then its data. Knows nothing of
 * sessions; whoever writes a tensor frees it.
 */
import { DATATYPES, datatypeOfOnnx } from "../../contract/datatype.ts";
import { numericBytes } from "../../contract/tensor-bytes.ts";
import { elementCount, emptyTensorData, type Tensor, type TensorData } from "../../contract/tensor.ts";
import { lastError, OrtError, type Ort, type Pointer } from "./ort-api.ts";

/** Words that `readTensor` needs to be told about a tensor. */
export const TENSOR_WORDS = 4;
const ON_CPU = 1;
/** onnxruntime's own code for what it could not do for want of something. */
const FAILED = 1;

export interface WrittenTensor {
  handle: Pointer;
  /** Numbers are not copied by onnxruntime: freed only after the run. */
  block: Pointer;
}

/** A block of WASM memory. Throws an OrtError when there is none left under the cap. */
export function allocate({ api }: Ort, bytes: number): Pointer {
  const pointer = api._malloc(bytes);
  if (pointer === 0) throw new OrtError(FAILED, `failed to allocate a buffer of ${bytes} bytes of WASM memory`);
  return pointer;
}

export function writeTensor(ort: Ort, { name, datatype, shape, data }: Tensor): WrittenTensor {
  const { api } = ort;
  // Data begin at a multiple of 16, as malloc's own blocks do.
  const dimsBytes = (4 * shape.length + 15) & ~15;
  const texts = Array.isArray(data) ? encodeTexts(data) : undefined;
  const dataBytes = Array.isArray(data) ? 4 * data.length : data.byteLength;
  const block = allocate(ort, dimsBytes + dataBytes + (texts?.bytes.byteLength ?? 0));
  for (let axis = 0; axis < shape.length; axis++) ort.setWord(block + 4 * axis, shape[axis] as number);
  const at = block + dimsBytes;
  if (texts) {
    const bytesAt = at + dataBytes;
    ort.bytes().set(texts.bytes, bytesAt);
    for (const [index, offset] of texts.offsets.entries()) ort.setWord(at + 4 * index, bytesAt + offset);
  } else ort.bytes().set(numericBytes(data as Exclude<TensorData, string[]>), at);
  const handle = api._OrtCreateTensor(DATATYPES[datatype].onnxElementType, at, dataBytes, block, shape.length, ON_CPU);
  if (handle === 0) {
    const error = lastError(ort, `input ${name}`);
    api._free(block);
    throw error;
  }
  return { handle, block };
}

export function freeWritten({ api }: Ort, { handle, block }: WrittenTensor): void {
  api._OrtReleaseTensor(handle);
  api._free(block);
}

/** A copy of a tensor, through the `words` at a pointer. The tensor stays the caller's to release. */
export function readTensor(ort: Ort, handle: Pointer, name: string, words: Pointer): Tensor {
  const { api } = ort;
  if (api._OrtGetTensorData(handle, words, words + 4, words + 8, words + 12) !== 0) throw lastError(ort, `output ${name}`);
  const elementType = ort.word(words);
  const at = ort.word(words + 4);
  const dims = ort.word(words + 8);
  const shape = Array.from({ length: ort.word(words + 12) }, (_, axis) => ort.word(dims + 4 * axis));
  api._OrtFree(dims);
  const datatype = datatypeOfOnnx(elementType);
  if (datatype === undefined) throw new Error(`output ${name} has ONNX element type ${elementType}, which the edge cannot carry`);
  const count = elementCount(shape);
  if (datatype === "BYTES") {
    const data = readTexts(ort, at, count);
    api._free(at);
    return { name, datatype, shape, data };
  }
  const data = emptyTensorData(datatype, count);
  const bytes = numericBytes(data as Exclude<TensorData, string[]>);
  bytes.set(ort.bytes().subarray(at, at + bytes.byteLength));
  return { name, datatype, shape, data };
}

/** C strings one after the other, and where each begins. */
function encodeTexts(texts: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(encoded.reduce((sum, { byteLength }) => sum + byteLength + 1, 0));
  const offsets: number[] = [];
  let at = 0;
  for (const text of encoded) {
    offsets.push(at);
    bytes.set(text, at);
    at += text.byteLength + 1;
  }
  return { bytes, offsets };
}

/** Pointers, then the texts back to back: each ends where the next begins, the last with a 0. */
function readTexts(ort: Ort, at: Pointer, count: number): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, index) => {
    const start = ort.word(at + 4 * index);
    const bytes = ort.bytes();
    const end = index + 1 < count ? ort.word(at + 4 * (index + 1)) : bytes.indexOf(0, start);
    // A copy first: decoders refuse the shared memory that onnxruntime asks for.
    return decoder.decode(bytes.slice(start, end));
  });
}
