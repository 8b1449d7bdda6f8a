/** Every outcome of a truth that was sent in: the closed label values of `feedback_total`, and what each says to the caller. */

export type FeedbackOutcome =
  | "counted"
  /** This receipt's truth was counted before. */
  | "repeated"
  /** Its own time is over. */
  | "expired"
  /** The hour of its prediction is closed: RECEIPT_HOURS was longer when it was signed. */
  | "late"
  /** It names our key and was not signed with it. */
  | "forged"
  /** Another deployment's, or of a model that is not here. */
  | "foreign"
  | "malformed"
  | "actual_invalid"
  /** Its ledger did not answer: it may have been counted, and sending it again is safe. */
  | "unavailable";

/** No `default`: a new outcome does not compile until it has its sentence. */
export function outcomeSentence(outcome: FeedbackOutcome, detail: string | undefined): string {
  switch (outcome) {
    case "counted":
      return "counted";
    case "repeated":
      return "the truth of this prediction was counted before";
    case "expired":
      return "the receipt has expired";
    case "late":
      return "the hour of the prediction is closed: its truth came too late";
    case "forged":
      return "the receipt was not signed here";
    case "foreign":
      return `the receipt is not of this deployment: ${detail ?? "another key signed it"}`;
    case "malformed":
      return `"prediction_id" is not a receipt: ${detail ?? ""}`;
    case "actual_invalid":
      return `"actual" ${detail ?? "is not the truth of this prediction"}`;
    case "unavailable":
      return "it could not be counted just now; send it again";
  }
}
