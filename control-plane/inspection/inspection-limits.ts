/** Bounds on what inspection reads and accepts of a model file. The limits of requests and of the isolate are in contract/limits.ts. */
import { REQUEST_ELEMENTS_MAX, WASM_MEMORY_PAGES_MAX } from "../../contract/limits.ts";

export const WASM_PAGE_BYTES = 65_536;
export const WASM_MEMORY_BYTES_MAX = WASM_MEMORY_PAGES_MAX * WASM_PAGE_BYTES;

/** Nodes over the graph, its subgraphs and its functions, and nodes visited when functions are followed into their calls. Large vision and language exports have under 10,000. */
export const NODES_MAX = 20_000;
/** Protobuf messages in a file. Without it, 12 MB of two-byte empty messages become gigabytes of objects. */
export const MESSAGES_MAX = 400_000;
/** Repeated numbers and strings in a file: a 12 MB tree ensemble has about 6 million. */
export const REPEATED_ELEMENTS_MAX = 12_000_000;
/** Messages within messages. The deepest honest place, a tensor in an attribute of a node of a graph, is 5. */
export const MESSAGE_DEPTH_MAX = 32;
/** Functions calling functions. */
export const FUNCTION_DEPTH_MAX = 16;

/** Fixed axes of an input, multiplied: beyond it no request could ever carry the input. */
export const INPUT_ELEMENTS_MAX = REQUEST_ELEMENTS_MAX;
/** Fixed axes of any other tensor, multiplied, and a size in an attribute: one byte an element would already fill the isolate's memory. */
export const TENSOR_ELEMENTS_MAX = WASM_MEMORY_BYTES_MAX;

/** Golden rows as base64 in the manifest, inputs and outputs together: half of MANIFEST_BYTES_MAX, the rest is for the reference. */
export const GOLDEN_BYTES_MAX = 1024 * 1024;
/** Free axes other than the rows get the first of these lengths with which made-up rows run: words, then image sides, then 1. */
export const FREE_AXIS_LENGTHS = [8, 32, 64, 224, 1] as const;

/** JavaScript heap of the child process; WASM memory is not in it and has its own cap. */
export const CHILD_HEAP_MIB_MAX = 512;
/** Characters of a text, and items of a list, that a refusal quotes. */
export const DETAIL_CHARACTERS_MAX = 600;
export const EVIDENCE_ITEMS_MAX = 20;
