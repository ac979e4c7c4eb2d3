/** The name of the chat completions format, and the origin of what only it understands. */
export const dialectId = "openai-chat";
