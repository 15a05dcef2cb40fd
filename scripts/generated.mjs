#!/usr/bin/env node
// Files made from the compiled commands: oclif.manifest.json (so that oclif finds a command without importing them all) and
// the command part of README.md. Run by `npm run build`; with `--check` it only says whether they are up to date.
import {readFileSync, writeFileSync} from 'node:fs'
import {argv} from 'node:process'
import {fileURLToPath} from 'node:url'
import {CommandHelp, Config, Plugin, settings} from '@oclif/core'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const START = '<!-- commands -->'
const STOP = '<!-- commandsstop -->'

/** Writes the generated files that differ from what they should be, and returns their names. `check`: writes nothing. */
export async function generate({check = false} = {}) {
  // The compiled commands are what ships; oclif would otherwise look for a way to run the sources.
  settings.enableAutoTranspile = false
  const plugin = await loadCommands()
  const wanted = {
    'oclif.manifest.json': manifestOf(plugin),
    'README.md': withReference(readText('README.md'), await referenceOf(plugin)),
  }
  const stale = Object.keys(wanted).filter(name => readText(name) !== wanted[name])
  if (!check) for (const name of stale) writeFileSync(ROOT + name, wanted[name])
  return stale
}

async function loadCommands() {
  const pjson = JSON.parse(readText('package.json'))
  const plugin = new Plugin({root: ROOT, pjson, isRoot: true, ignoreManifest: true, errorOnManifestCreate: true})
  await plugin.load()
  return plugin
}

function manifestOf({manifest: {commands, version}}) {
  // The order of files in a folder is not the same everywhere.
  const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)))
  return `${JSON.stringify({commands: sorted, version}, null, 2)}\n`
}

/** Markdown that prettier leaves alone: each command's help as `--help` prints it, without the flags all of them share. */
async function referenceOf(plugin) {
  const config = await Config.load({root: ROOT, plugins: new Map([[plugin.name, plugin]])})
  const commands = plugin.commands.filter(command => !command.hidden)
  let shared = {}
  const parts = commands.map(command => {
    const flags = Object.entries(command.flags)
    shared = {...shared, ...Object.fromEntries(flags.filter(([, flag]) => flag.helpGroup === 'GLOBAL'))}
    const own = Object.fromEntries(flags.filter(([, flag]) => flag.helpGroup !== 'GLOBAL'))
    const id = command.id.replaceAll(':', ' ')
    return `### \`${config.bin} ${id}\`\n\n${helpOf({...command, id, flags: own}, config)}`
  })
  const anyCommand = {id: 'COMMAND', flags: shared, args: {}, aliases: [], hiddenAliases: [], strict: true}
  return [...parts, `### Flags of every command\n\n${helpOf(anyCommand, config)}`].join('\n\n')
}

/** The summary stands above, as `--help` has it, and not a second time in the description. */
function helpOf({summary, ...command}, config) {
  const help = new CommandHelp(command, config, {maxWidth: 80, stripAnsi: true})
  const text = `${summary === undefined ? '' : help.render(summary)}\n\n${help.generate()}`.trim()
  const lines = text.split('\n').map(line => line.trimEnd())
  return `\`\`\`\n${lines.join('\n')}\n\`\`\``
}

function withReference(readme, reference) {
  const start = readme.indexOf(START)
  const stop = readme.indexOf(STOP)
  if (start < 0 || stop < start) throw new Error(`README.md has no ${START} followed by ${STOP}`)
  return `${readme.slice(0, start + START.length)}\n\n${reference}\n\n${readme.slice(stop)}`
}

function readText(name) {
  try {
    return readFileSync(ROOT + name, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const check = argv.includes('--check')
  const stale = await generate({check})
  if (check && stale.length > 0) {
    for (const name of stale) console.error(`${name} is not up to date: npm run build`)
    process.exitCode = 1
  }
}
