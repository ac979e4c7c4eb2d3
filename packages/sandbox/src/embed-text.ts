import { createHash } from "node:crypto";

/**
 * A unit vector for a text: every word and every run of three letters adds to the axes that its hash names, so that texts with
 * common words lie closer together.
 *
 * @param input text, or token ids
 */
export function embedText(input: string | readonly number[], dimensions: number): number[] {
  const vector = new Float64Array(dimensions);
  for (const feature of featuresOf(input)) {
    const digest = createHash("sha256").update(feature).digest();
    for (let axis = 0; axis < 4; axis += 1) {
      const index = digest.readUInt32LE(axis * 8) % dimensions;
      const weight = digest.readInt32LE(axis * 8 + 4) / 2 ** 31;
      vector[index] = (vector[index] as number) + weight;
    }
  }
  const length = Math.hypot(...vector) || 1;
  return Array.from(vector, (value) => Math.fround(value / length));
}

function featuresOf(input: string | readonly number[]): string[] {
  if (typeof input !== "string") return input.map((token) => `token ${token}`);
  const words = input.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const features = ["text", ...words];
  for (const word of words) {
    for (let at = 0; at + 3 <= word.length; at += 1) features.push(word.slice(at, at + 3));
  }
  return features;
}

/** A vector as base64 of little-endian 32-bit floats, the way OpenAI's own SDK asks for it. */
export function vectorToBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}
