/** What can be wrong with a V2 request's tensors. */
export type TensorProblem =
  | { reason: "tensor_invalid"; tensor: string; detail: string }
  | { reason: "output_unknown"; output: string; known: string[] }
  | { reason: "rows_too_many"; rows: number; max: number }
  | { reason: "elements_too_many"; elements: number; max: number };
