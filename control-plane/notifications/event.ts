/** An audit row as an event that webhooks are told of: what it is called, what it says, to a program and to a person. Pure. */
import type { AuditLogRow } from "../audit/audit-chain.ts";

/** Acts that are nobody's business outside: who has access, and where events go. */
const PRIVATE_ACTS = /^(token|webhook)_/;
const TEXT_CHARACTERS_MAX = 1500;

export const isTold = ({ act }: Pick<AuditLogRow, "act">): boolean => !PRIVATE_ACTS.test(act);

export const isWanted = (events: readonly string[], { act }: Pick<AuditLogRow, "act">): boolean =>
  events.includes("*") || events.includes(act);

/** Body for a program: the audit row, without the id of the token. */
export function eventBody({ id, at, act, model, number, actorName, reason, details }: AuditLogRow): string {
  const version = number === null ? null : `v${number}`;
  return JSON.stringify({ schema: 1, event: act, audit_id: id, at, model, version, actor: actorName, reason, details });
}

/** Body for Slack's incoming webhooks: plain text, so that no text of ours becomes a link or a mention. */
export function slackBody(row: AuditLogRow): string {
  return JSON.stringify({
    blocks: [{ type: "section", text: { type: "plain_text", text: sentenceOf(row), emoji: false } }],
    text: escaped(sentenceOf(row)),
  });
}

export function sentenceOf({ act, model, number, actorName, reason, details }: AuditLogRow): string {
  const what = [act.replaceAll("_", " "), model, number === null ? null : `v${number}`].filter((part) => part !== null).join(" ");
  const outcome = details["outcome"] ?? details["stoppedBy"];
  const parts = [
    `${what} by ${actorName}`,
    ...(typeof outcome === "string" ? [outcome] : []),
    ...(reason === null ? [] : [reason]),
  ];
  return parts.join(": ").slice(0, TEXT_CHARACTERS_MAX);
}

/** Slack's three control characters (https://docs.slack.dev/messaging/formatting-message-text). */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
