/** Bytes in a `data:` URL. */
export interface DataUrl {
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
}

/** Reads `data:<media type>;base64,<data>`; `null` for any other URL. Parameters of the media type are left out. */
export function parseDataUrl(url: string): DataUrl | null {
  if (!/^data:/i.test(url)) return null;
  const comma = url.indexOf(",");
  if (comma === -1) return null;
  const [mediaType = "", ...parameters] = url.slice(5, comma).split(";");
  if (parameters.at(-1)?.toLowerCase() !== "base64") return null;
  return { mediaType: mediaType || "text/plain", data: url.slice(comma + 1) };
}

/** The `data:` URL of base64 bytes. */
export function toDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
