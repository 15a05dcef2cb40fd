#!/usr/bin/env node
// Says which file of the native engine includes one of a room above its own: rooms are listed from the lowest to the highest.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import process from 'node:process'
import {fileURLToPath} from 'node:url'

const SOURCES = fileURLToPath(new URL('../native/ryot/src', import.meta.url))
const ROOMS = [
  'common',
  'threads',
  'formats',
  'weights',
  'kernels',
  'model',
  'text',
  'grammar',
  'generation',
  'checks',
  'binding',
]

const wrong = []
for (const room of readdirSync(SOURCES)) {
  const height = ROOMS.indexOf(room)
  if (height < 0) wrong.push(`${room}: a room that scripts/native-layers.mjs does not list`)
  for (const name of readdirSync(join(SOURCES, room))) {
    const text = readFileSync(join(SOURCES, room, name), 'utf8')
    for (const [, path, to] of text.matchAll(/^#include "(([^/"]+)\/[^"]+)"$/gm)) {
      if (ROOMS.indexOf(to) > height) wrong.push(`${room}/${name} includes ${path}`)
    }
  }
}
for (const line of wrong) console.error(line)
process.exitCode = wrong.length > 0 ? 1 : 0
