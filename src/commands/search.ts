import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {hitsText} from '../cli/print/hits.js'
import {MediaForgeError} from '../domain/errors.js'
import {MEDIA_KINDS} from '../domain/media.js'
import type {Hit, SearchFilter, SearchMode} from '../domain/search.js'
import {normaliseTag} from '../domain/tag-names.js'
import {dateSpan, parseDuration, parseSize} from '../domain/units.js'
import {search} from '../services/search.js'

export default class Search extends BaseCommand {
  static override summary = 'Find files by words and by meaning.'
  static override description = `Words are looked for in names, folders, tags, captions and metadata; the meaning of the query is compared with what is in the
pictures. Both lists are fused. A word with a minus in front must not be there.
Finding nothing is no error: it says so and ends with 0.`
  static override examples = [
    '<%= config.bin %> search beach',
    '<%= config.bin %> search --semantic "a dog in the snow" --type photo --after 2019 --tag dog --limit 20 --json',
    '<%= config.bin %> search "red car" -0 | xargs -0 ls -l',
  ]
  static override strict = false
  static override args = {query: Args.string({description: 'what to look for', required: true})}
  static override flags = {
    semantic: Flags.boolean({description: 'by meaning alone', exclusive: ['lexical']}),
    lexical: Flags.boolean({description: 'by words alone', exclusive: ['semantic']}),
    type: Flags.option({
      options: MEDIA_KINDS,
      multiple: true,
      multipleNonGreedy: true,
      description: 'only this kind; may be given several times',
    })(),
    after: Flags.string({
      description: 'captured in or after this year, month or day: 2019, 2019-06, 2019-06-03',
      helpValue: 'DATE',
    }),
    before: Flags.string({description: 'captured before this year, month or day', helpValue: 'DATE'}),
    tag: Flags.string({description: 'only with this tag; may be given several times', multiple: true, multipleNonGreedy: true}),
    'not-tag': Flags.string({
      description: 'only without this tag; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
    }),
    folder: Flags.string({description: 'only in this folder and below'}),
    'min-size': Flags.string({description: 'at least this size: 500k, 10MB', helpValue: 'SIZE'}),
    'max-size': Flags.string({description: 'at most this size', helpValue: 'SIZE'}),
    'min-duration': Flags.string({description: 'at least this long: 90, 5m, 1:30', helpValue: 'TIME'}),
    'max-duration': Flags.string({description: 'at most this long', helpValue: 'TIME'}),
    limit: Flags.integer({description: 'how many hits at most', default: 20, min: 1, max: 10_000}),
    paths: Flags.boolean({description: 'print paths alone, one a line', exclusive: ['null']}),
    null: Flags.boolean({description: 'print paths alone, each ended by a NUL, for xargs -0; also -0'}),
  }

  async run(): Promise<{query: string; mode: SearchMode; hits: Hit[]}> {
    const {argv, flags} = await this.parse(Search, minusWordsLast(this.argv))
    const mode = flags.semantic ? 'semantic' : flags.lexical ? 'lexical' : 'hybrid'
    const request = {text: (argv as string[]).join(' '), mode, filter: filterOf(flags), limit: flags.limit} as const
    const hits = await this.withPorts(flags, ports => search(ports, request, {signal: this.signal}))
    // What reads the paths wants to open them.
    const paths = hits.filter(hit => hit.state === 'present').map(hit => hit.path)
    if (flags.null) this.printExactly(paths.map(path => `${path}\0`).join(''))
    else if (flags.paths) this.print(paths.join('\n'))
    else this.print(hitsText(hits))
    return {query: request.text, mode, hits}
  }
}

/** `tv -clock`: no option here has a single letter, so a word with one minus is for the query. It goes behind `--`, where words belong. */
function minusWordsLast(argv: string[]): string[] {
  const end = argv.indexOf('--')
  const options = end < 0 ? argv : argv.slice(0, end)
  const isMinusWord = (arg: string): boolean => /^-\p{L}/u.test(arg)
  const words = [...options.filter(isMinusWord), ...(end < 0 ? [] : argv.slice(end + 1))]
  return words.length === 0 ? options : [...options.filter(arg => !isMinusWord(arg)), '--', ...words]
}

interface FilterFlags {
  type?: SearchFilter['kinds']
  after?: string | undefined
  before?: string | undefined
  tag?: string[] | undefined
  'not-tag'?: string[] | undefined
  folder?: string | undefined
  'min-size'?: string | undefined
  'max-size'?: string | undefined
  'min-duration'?: string | undefined
  'max-duration'?: string | undefined
}

function filterOf(flags: FilterFlags): SearchFilter {
  const filter: SearchFilter = {}
  if (flags.type !== undefined) filter.kinds = flags.type
  if (flags.after !== undefined) filter.after = dateSpan(flags.after).from
  if (flags.before !== undefined) filter.before = dateSpan(flags.before).from
  if (flags.tag !== undefined) filter.tags = tagsOf(flags.tag)
  if (flags['not-tag'] !== undefined) filter.withoutTags = tagsOf(flags['not-tag'])
  if (flags.folder !== undefined) filter.folder = resolve(flags.folder)
  if (flags['min-size'] !== undefined) filter.minSizeBytes = parseSize(flags['min-size'])
  if (flags['max-size'] !== undefined) filter.maxSizeBytes = parseSize(flags['max-size'])
  if (flags['min-duration'] !== undefined) filter.minDurationMs = parseDuration(flags['min-duration'])
  if (flags['max-duration'] !== undefined) filter.maxDurationMs = parseDuration(flags['max-duration'])
  if (filter.after !== undefined && filter.before !== undefined && filter.after >= filter.before) {
    throw new MediaForgeError('USAGE', `nothing is both after ${filter.after} and before ${filter.before}`)
  }
  return filter
}

/** An empty tag, as of an unset variable in a script, would otherwise find everything. */
function tagsOf(texts: string[]): string[] {
  return texts.map(text => {
    const tag = normaliseTag(text)
    if (tag === '') throw new MediaForgeError('USAGE', `'${text}' is no tag`, {hint: 'mediaforge search QUERY --tag dog'})
    return tag
  })
}
