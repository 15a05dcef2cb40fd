import {homedir} from 'node:os'

/** File names may hold newlines and terminal commands: what is printed for people shows them instead of obeying them. */
export function safe(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, character => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** A path for people: below the current folder relative, below the home folder with `~`. */
export function shortPath(path: string): string {
  const here = `${process.cwd()}/`
  const home = `${homedir()}/`
  if (path.startsWith(here)) return safe(path.slice(here.length))
  return safe(path.startsWith(home) ? `~/${path.slice(home.length)}` : path)
}

/** Rows in aligned columns, two spaces apart; numbers align right where `right` names their column. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows
    .map(row =>
      row
        .map((cell, i) => {
          const width = widths[i] ?? 0
          if (right.includes(i)) return cell.padStart(width)
          return i === row.length - 1 ? cell : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}

/** Every line two places to the right. */
export function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
