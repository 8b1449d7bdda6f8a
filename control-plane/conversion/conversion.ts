/** What converting a model file into ONNX yields, and every reason why it cannot be converted. Types only. */

export interface Conversion {
  /** A whole ONNX file. */
  bytes: Uint8Array;
  /** What was made of what, and what a person should know of it: one sentence each. */
  notes: string[];
  /** What the file says of its one input, for the manifest; a registrant's own word goes before it. */
  input: { name: string; features?: string[]; missing: "nan" };
}

export type ConversionRefusal =
  /** The file is no model of the format that it begins like, or one that contradicts itself. */
  | { reason: "xgboost_unreadable"; detail: string }
  /** A model that XGBoost can have and that no ONNX of ours would equal. `what` names it as XGBoost does. */
  | { reason: "xgboost_unsupported"; what: string; why: string }
  | { reason: "xgboost_too_large"; what: string; count: number; max: number };
