/** What the neutral types call the Converse format. */
export const dialectId = "bedrock-converse";
