import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {threadsFlag} from '../cli/flags.js'
import type {Machine} from '../cli/bench/machine.js'
import type {BenchResult} from '../cli/bench/measure.js'
import {benchText} from '../cli/print/bench.js'
import {BENCH_SUITES, KERNELS, MODEL_SIZES} from '../cli/registries.js'

export default class Bench extends BaseCommand {
  static override summary = 'Measure this program on this machine.'
  static override description = `Figures are medians of rounds in turns with what they are compared with, and the ratio is the one to trust: a busy machine
slows both sides. Everything is made in a temporary folder; your library is not touched.

How well things are found is measured on pictures that people have labelled: a folder with labels.json,
[{"file": "a.jpg", "objects": ["dog"]}], or captions.json, [{"file": "a.jpg", "captions": ["a dog runs"]}]. Shots are looked for in clips
made of the videos and photos in such folders, and sounds need labels.json, [{"file": "a.ogg", "sound": "dog bark"}].`
  static override examples = [
    '<%= config.bin %> bench startup',
    '<%= config.bin %> bench search --media ~/labelled-photos --media ~/captioned-photos',
    '<%= config.bin %> bench embed --model clip --media ~/labelled-photos',
    '<%= config.bin %> bench library --files 1000000',
    '<%= config.bin %> bench ryot --make 2b',
    '<%= config.bin %> bench all --rounds 9 --json',
  ]
  static override args = {suite: Args.string({description: 'what to measure', options: [...BENCH_SUITES, 'all'], required: true})}
  static override flags = {
    media: Flags.directory({
      description: 'folder of labelled pictures, videos or sounds; may be given several times',
      exists: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    model: Flags.string({
      description: `what to measure: with \`embed\` a model's name instead of the one in use (made-vit-b-32 and made-vit-b-16 are of the sizes of CLIP and SigLIP, by chance);
otherwise a GGUF file for the native engine, and it may be given several times`,
      multiple: true,
      multipleNonGreedy: true,
    }),
    make: Flags.option({
      description: 'size of a model of random weights to make and measure; 2b takes 2.4 GB of disk for a while',
      options: MODEL_SIZES,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    threads: threadsFlag,
    peer: Flags.boolean({description: 'also run PySceneDetect on the clips of `video`, where python3 has it'}),
    kernel: Flags.option({
      description: 'how the native engine multiplies in whole models; auto is what is fastest here',
      options: KERNELS,
      default: 'auto' as const,
    })(),
    files: Flags.integer({
      description: 'how many files the library of `library` knows; a million take 4 GB of disk for a while',
      default: 100_000,
      min: 30_000,
      max: 10_000_000,
    }),
    rounds: Flags.integer({description: 'how often each side is timed', default: 5, min: 1, max: 1000}),
  }

  async run(): Promise<{machine: Machine; commit: string | null; results: BenchResult[]}> {
    const {args, flags} = await this.parse(Bench)
    const {suites} = await import('../cli/bench/suites.js')
    const {currentCommit, describeMachine} = await import('../cli/bench/machine.js')
    const folder = await mkdtemp(join(tmpdir(), 'mediaforge-bench-'))
    const note = (text: string): void => void (flags.quiet || process.stderr.write(`${text}\n`))
    const config = this.readConfig(flags)
    const embedded = args.suite === 'embed' ? flags.model?.at(-1) : undefined
    const context = {
      config: embedded === undefined ? config : {...config, model: embedded, isModelFixed: true},
      folder,
      media: flags.media ?? [],
      models: args.suite === 'embed' ? [] : (flags.model ?? []),
      make: flags.make ?? [],
      kernel: flags.kernel,
      rounds: flags.rounds,
      files: flags.files,
      peer: flags.peer,
      signal: this.signal,
      note,
    }
    const results: BenchResult[] = []
    try {
      for (const name of BENCH_SUITES) {
        if (args.suite !== 'all' && args.suite !== name) continue
        const suiteFolder = join(folder, name)
        await mkdir(suiteFolder)
        for await (const result of suites[name]({...context, folder: suiteFolder})) {
          results.push(result)
          note(`${result.name} measured`)
        }
      }
    } finally {
      await rm(folder, {recursive: true, force: true})
    }
    this.print(benchText(results))
    return {machine: describeMachine(), commit: await currentCommit(), results}
  }
}
