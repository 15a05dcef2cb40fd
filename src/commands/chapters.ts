import {writeFile} from 'node:fs/promises'
import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {ffmetadata, webVttChapters, type Chapter} from '../domain/chapters.js'
import {MediaForgeError} from '../domain/errors.js'
import {parseDuration} from '../domain/units.js'
import {chapters} from '../services/video-shots.js'

const FORMATS = ['ffmetadata', 'webvtt'] as const

export default class Chapters extends BaseCommand {
  static override summary = 'Write the chapters of a video, from its shots.'
  static override description = `Shots are joined until a chapter has its length, and called by what is seen in them. The video itself is not touched: a player
takes WebVTT beside it, and ffmpeg puts ffmetadata into a copy.`
  static override examples = [
    '<%= config.bin %> chapters ~/Videos/trip.mp4',
    '<%= config.bin %> chapters ~/Videos/trip.mp4 --format webvtt --least 2m --to trip.chapters.vtt',
  ]
  static override args = {file: Args.string({description: 'a video in the library', required: true})}
  static override flags = {
    format: Flags.option({options: FORMATS, default: 'ffmetadata' as const, description: 'how to write them'})(),
    least: Flags.string({description: 'how long a chapter is at least: 90, 5m', default: '1m', helpValue: 'TIME'}),
    to: Flags.string({description: 'write to this file, which must not be there yet', helpValue: 'FILE'}),
  }

  async run(): Promise<{path: string; chapters: Chapter[]}> {
    const {args, flags} = await this.parse(Chapters)
    const path = resolve(args.file)
    const found = await this.withPorts(flags, ports => chapters(ports, path, {leastMs: parseDuration(flags.least)}))
    const text = flags.format === 'webvtt' ? webVttChapters(found) : ffmetadata(found)
    if (flags.to === undefined) this.print(text)
    else await writeNew(flags.to, text)
    return {path, chapters: found}
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, {flag: 'wx'}).catch((error: unknown) => {
    throw new MediaForgeError('USAGE', `${path} cannot be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, {
      hint: 'name a file that is not there yet',
      cause: error,
    })
  })
}
