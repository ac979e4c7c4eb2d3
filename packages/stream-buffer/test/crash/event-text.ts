/** What an event says: whose it is, which, and something to make it longer. */
export function eventText(stream: string, id: number): string {
  return `${stream}/${id}/${"x".repeat((id * 37) % 700)};`;
}

/** What the terminal record of a stream says that was open when its process died. */
export function interruptionText(stream: string, id: number): string {
  return `${stream}/${id}/interrupted;`;
}
