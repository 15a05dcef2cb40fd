/** A short name for a text, to tell versions of it apart: FNV-1a (Fowler, Noll and Vo) from two beginnings, not safe against anybody who wants two alike. */
export function fingerprint(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ text.charCodeAt(i), 0x01000193) + i
  }
  return (low >>> 0).toString(36) + (high >>> 0).toString(36)
}
