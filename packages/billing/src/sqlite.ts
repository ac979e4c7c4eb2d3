export { SqliteLedgerStore } from "./sqlite-ledger-store.ts";
