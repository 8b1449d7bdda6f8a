/** The closed label values of a request: whatever a caller may choose is one of a known few, or `other`. Pure. */

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export const methodLabel = (method: string): string => (METHODS.has(method) ? method : "other");

/** A data centre's code as the platform gives it, three capital letters; `other` where there is none, as on a local machine. */
export const coloLabel = (colo: unknown): string => (typeof colo === "string" && /^[A-Z]{3}$/.test(colo) ? colo : "other");
