import type { z } from "zod";
import type { JsonObject, JsonValue } from "../json.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// What two types must share to be one: keys, which of them are optional, and what they hold. JSON is not looked into.
type Shape<T> = true extends Same<T, JsonValue> | Same<T, JsonObject>
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Shape<Item>[]
    : T extends object
      ? {
          readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
            ? readonly ["optional", Shape<T[K]>]
            : Shape<T[K]>;
        }
      : T;

// Assignability alone would not miss an optional key that only one side has.
type Agreement<A, B> = [Shape<A>, Shape<B>] extends [Shape<B>, Shape<A>] ? unknown : "the schema differs from the type";

/**
 * Ties a schema to the hand-written type it stands for: compiles only when each allows exactly what the other does.
 *
 * The schema is given out as `z.ZodType`, so that how it is put together is nobody's concern.
 */
export function describes<Type>(): <Schema extends z.ZodType<Type>>(
  schema: Schema & Agreement<Type, z.output<Schema>>,
) => z.ZodType<Type> {
  return (schema) => schema;
}
