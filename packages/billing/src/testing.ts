export { type LedgerStoreCase, ledgerStoreCases } from "./ledger-store-cases.ts";
