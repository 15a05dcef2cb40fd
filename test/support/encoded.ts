/** Bytes of an encoding in which a character is one byte. */
export function encoded(text: string, encoding: string): Uint8Array {
  const characters = [...new TextDecoder(encoding).decode(Uint8Array.from({length: 256}, (_, i) => i))]
  return Uint8Array.from(text, character => characters.indexOf(character))
}
