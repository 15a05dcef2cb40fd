#!/usr/bin/env node
// The addons of a published package, for the system this runs on: native/NAME/prebuilds/SYSTEM/NAME.node. Run it on every system, then publish.
import {join} from 'node:path'
import process, {stdout} from 'node:process'
import {promisify} from 'node:util'
import {fileURLToPath} from 'node:url'
import prebuildify from 'prebuildify'
import {ADDONS, beyondSse, compilerEnvironment, disassembled, nodeGyp} from './native.mjs'

const NATIVE = fileURLToPath(new URL('../native', import.meta.url))
const system = `${process.platform}-${process.arch}`

// prebuildify hands its own environment on.
Object.assign(process.env, compilerEnvironment())
for (const name of ADDONS) {
  await promisify(prebuildify)({
    name,
    napi: true,
    strip: process.platform === 'linux',
    cwd: join(NATIVE, name),
    nodeGyp: nodeGyp(),
    targets: [{runtime: 'node', target: process.versions.node}],
    quiet: true,
  })
  stdout.write(`native/${name}/prebuilds/${system}/${name}.node\n`)
}
requireOldInstructions(join(NATIVE, 'cpuid', 'prebuilds', system, 'cpuid.node'))

/** What asks the processor must run on every processor. */
function requireOldInstructions(path) {
  if (process.arch !== 'x64' || process.platform !== 'linux') return
  const [first] = beyondSse(disassembled(path))
  if (first !== undefined) throw new Error(`${path} holds instructions that an old processor lacks: ${first}`)
}
