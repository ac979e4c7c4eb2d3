/** Whose call it is and what it went to: what limits are scoped by and costs are grouped by. */
export interface Dimensions {
  readonly organisation?: string;
  readonly project?: string;
  /** Id of the client key, never its text. */
  readonly key?: string;
  readonly user?: string;
  readonly session?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

/** One dimension by name; a metadata key as `metadata.teamId`. */
export type DimensionName = Exclude<keyof Dimensions, "metadata"> | `metadata.${string}`;

const metadataPrefix = "metadata.";

/** A call's value of one dimension; `null` where it has none. Numbers and booleans are the same value as their text. */
export function dimensionOf(dimensions: Dimensions, name: DimensionName): string | null {
  if (!name.startsWith(metadataPrefix)) return dimensions[name as Exclude<keyof Dimensions, "metadata">] ?? null;
  const key = name.slice(metadataPrefix.length);
  const { metadata } = dimensions;
  return metadata !== undefined && Object.hasOwn(metadata, key) ? String(metadata[key]) : null;
}
