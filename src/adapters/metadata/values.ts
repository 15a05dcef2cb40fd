/** Text as a person wrote it: without NULs and spaces around; nothing for what is empty, absurdly long or no text. */
export function naturalText(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value)
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
  return text === '' || text.length > 2000 ? undefined : text
}

/** A number above zero, also where a file writes it as text. */
export function positiveNumber(value: unknown): number | undefined {
  const number = Array.isArray(value)
    ? Number(value[0])
    : typeof value === 'string' || typeof value === 'number'
      ? Number(value)
      : NaN
  return number > 0 && Number.isFinite(number) ? number : undefined
}

/** A list of texts, from a list, one text, or nothing. */
export function textList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(naturalText).filter(text => text !== undefined)
}
