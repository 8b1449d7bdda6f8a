/**
 * Headers that let a receiver tell that a delivery is ours, new and whole. The signed text is `<delivery id>.<timestamp>.<body>`, HMAC-SHA256, as MLflow's
 * webhooks have it, under names of our own. Pure.
 */
import { createHmac } from "node:crypto";

export const SIGNATURE_VERSION = "v1";

export function deliveryHeaders(secret: string, deliveryId: string, now: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac("sha256", secret).update(`${deliveryId}.${timestamp}.${body}`).digest("base64");
  return {
    "x-edgewise-delivery-id": deliveryId,
    "x-edgewise-timestamp": timestamp,
    "x-edgewise-signature": `${SIGNATURE_VERSION},${signature}`,
  };
}

/** The secret of one webhook, from a key that never leaves the control plane: nothing secret is stored beside the webhook. */
export const webhookSecret = (key: string, webhookId: string): string =>
  `ewh_${createHmac("sha256", key).update(`webhook ${webhookId}`).digest("base64url")}`;
