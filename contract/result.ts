/** An outcome that is either a value or a failure with its evidence. No library, no hidden control flow: `if (!x.ok) return x`. */
export type Result<Value, Failure> = { ok: true; value: Value } | { ok: false; failure: Failure };

export const succeed = <Value>(value: Value): { ok: true; value: Value } => ({ ok: true, value });
export const fail = <Failure>(failure: Failure): { ok: false; failure: Failure } => ({ ok: false, failure });
