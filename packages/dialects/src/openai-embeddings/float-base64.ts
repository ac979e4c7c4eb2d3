/** Numbers as 32-bit floats, little-endian, in base64: the form the official SDK asks for by default. */
export function encodeFloats(numbers: readonly number[]): string {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, index) => {
    view.setFloat32(index * 4, number, true);
  });
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The numbers in such a text, or `null` when it is not one: another length, or values that no embedding has. */
export function decodeFloats(base64: string): number[] | null {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    return null;
  }
  if (binary.length % 4 !== 0) return null;
  const view = new DataView(new ArrayBuffer(binary.length));
  for (let index = 0; index < binary.length; index++) view.setUint8(index, binary.charCodeAt(index));
  const numbers: number[] = [];
  for (let offset = 0; offset < binary.length; offset += 4) numbers.push(view.getFloat32(offset, true));
  return numbers.every(Number.isFinite) ? numbers : null;
}
