/** Bytes of an encoding in which a character is one byte, or two. */
export function encoded(text: string, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding)
  const all = new Map<string, number[]>()
  const note = (...bytes: number[]): void => {
    const character = decoder.decode(Uint8Array.from(bytes))
    if ([...character].length === 1 && !all.has(character)) all.set(character, bytes)
  }
  for (let first = 0; first < 256; first++) note(first)
  for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) note(first, second)
  return Uint8Array.from(
    [...text].flatMap(character => {
      const bytes = all.get(character)
      if (bytes === undefined) throw new Error(`${encoding} has no ${character}`)
      return bytes
    }),
  )
}
