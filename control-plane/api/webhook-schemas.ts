/** Bodies and answers of the webhook and audit-verification routes, with the types derived from them. Schemas only. */
import { z } from "@hono/zod-openapi";
import { AUDIT_PROBLEMS } from "../audit/verify-chain.ts";

export const WEBHOOK_FORMATS = ["edgewise", "slack"] as const;

const at = z.iso.datetime();

export const webhookPath = z.object({ id: z.uuid("a webhook's id is a UUID") });
export const webhookBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  url: z.url().max(2000),
  format: z.enum(WEBHOOK_FORMATS).default("edgewise"),
  /** Acts of the audit log, e.g. promote, rollback, gate_run, promote_refused, sign_off; `*` is all of them. */
  events: z
    .array(z.string().regex(/^(\*|[a-z][a-z_]{0,63})$/, "an event is an act of the audit log, or *"))
    .min(1)
    .max(50)
    .default(["*"]),
});

export const webhookAnswer = z.object({
  id: z.string(),
  name: z.string(),
  /** Only the origin: the rest may be a secret. */
  url: z.string(),
  format: z.enum(WEBHOOK_FORMATS),
  events: z.array(z.string()),
  createdAt: at,
  createdBy: z.string(),
  /** The newest ones. */
  deliveries: z.array(
    z.object({
      id: z.string(),
      event: z.string(),
      state: z.enum(["pending", "delivered", "given_up"]),
      attempts: z.int(),
      lastError: z.string().nullable(),
      createdAt: at,
      deliveredAt: at.nullable(),
    }),
  ),
});
/** `secret` signs every delivery; it is shown this once. */
export const webhookCreatedAnswer = webhookAnswer.extend({ secret: z.string() });
export const webhooksAnswer = z.object({ webhooks: z.array(webhookAnswer) });

export const auditVerifyAnswer = z.object({
  rows: z.int(),
  /** Rows that were there before the chain began: vouched for from then on. */
  adopted: z.int(),
  problems: z.array(z.object({ kind: z.enum(AUDIT_PROBLEMS), id: z.int().nullable(), detail: z.string() })),
});

export type WebhookBody = z.infer<typeof webhookBody>;
export type WebhookAnswer = z.infer<typeof webhookAnswer>;
export type WebhookCreatedAnswer = z.infer<typeof webhookCreatedAnswer>;
export type WebhooksAnswer = z.infer<typeof webhooksAnswer>;
export type AuditVerifyAnswer = z.infer<typeof auditVerifyAnswer>;
