/** The name of the embeddings format. */
export const dialectId = "openai-embeddings";
