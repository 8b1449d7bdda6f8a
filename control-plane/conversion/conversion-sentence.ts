/** Why a model file cannot be converted, in a sentence for the person whose file it is. Pure and exhaustive. */
import type { ConversionRefusal } from "./conversion.ts";

export function conversionSentence(refusal: ConversionRefusal): string {
  switch (refusal.reason) {
    case "xgboost_unreadable":
      return `the file begins like an XGBoost model and is not one that can be read: ${refusal.detail}`;
    case "xgboost_unsupported":
      return `XGBoost's ${refusal.what} is not converted: ${refusal.why}`;
    case "xgboost_too_large":
      return `the XGBoost model has ${refusal.count} ${refusal.what}, and the limit is ${refusal.max}`;
  }
}
