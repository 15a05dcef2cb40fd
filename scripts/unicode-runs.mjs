#!/usr/bin/env node
// Writes the table of character classes that the native engine splits text by, from what Node's regular expressions know of Unicode.
// With `--check` it only says whether the table is up to date, and only where Node knows the same version of Unicode.
import {readFileSync, writeFileSync} from 'node:fs'
import {argv, versions} from 'node:process'
import {fileURLToPath} from 'node:url'

const TABLE = fileURLToPath(new URL('../native/ryot/src/text/unicode_runs.inc', import.meta.url))
const LAST = 0x10ffff
/** In the order of `CharacterClass`; the first that fits counts, and 0 is what fits none. */
const CLASSES = [
  [5, /\p{White_Space}/u],
  [1, /\p{L}/u],
  [2, /\p{N}/u],
  [3, /\p{M}/u],
  [4, /\p{P}/u],
]

function table() {
  const runs = []
  let last
  for (let character = 0; character <= LAST; character++) {
    const text = String.fromCodePoint(character)
    const kind = CLASSES.find(([, pattern]) => pattern.test(text))?.[0] ?? 0
    if (kind !== last) runs.push(character * 8 + kind)
    last = kind
  }
  const lines = [`// Unicode ${versions.unicode}; written by scripts/unicode-runs.mjs.`]
  for (let at = 0; at < runs.length; at += 16) lines.push(`${runs.slice(at, at + 16).join(', ')},`)
  return `${lines.join('\n')}\n`
}

if (argv.includes('--check')) {
  const text = readFileSync(TABLE, 'utf8')
  if (text.startsWith(`// Unicode ${versions.unicode};`) && text !== table()) {
    console.error('native/ryot/src/text/unicode_runs.inc is not up to date: node scripts/unicode-runs.mjs')
    process.exitCode = 1
  }
} else {
  writeFileSync(TABLE, table())
}
