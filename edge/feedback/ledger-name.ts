/** Names of the quality ledgers' Durable Objects. */
export const ledgerName = (ledger: number): string => `ledger-${ledger}`;
