export type { AttemptRecord, Clock, ExecuteOptions, FailoverTarget } from "./execute.ts";
export { execute } from "./execute.ts";
export { type Admission, type BreakerOptions, defaultBreaker, type Health, type Outcome } from "./health.ts";
export { type HealthStore, MemoryHealthStore } from "./health-store.ts";
