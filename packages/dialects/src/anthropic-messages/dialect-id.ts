/** What the neutral types call this format. */
export const dialectId = "anthropic-messages";
