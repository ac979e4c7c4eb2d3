import { z } from "zod";

/** The one tool of the tests: what it says depends on the city. */
export function weatherOf(city: string): string {
  return `${city.length + 13} degrees in ${city}`;
}

export const weatherInput = z.object({ city: z.string() });

/** A structured answer. */
export const planSchema = z.object({
  title: z.string(),
  kind: z.enum(["talk", "party"]),
  guests: z.array(z.string()),
});

export const imageBase64 = Buffer.from("a small picture").toString("base64");
export const pdfBase64 = Buffer.from("%PDF-1.4 a small document").toString("base64");
