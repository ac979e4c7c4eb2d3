export { type HealthStoreCase, healthStoreCases } from "./health-store-cases.ts";
