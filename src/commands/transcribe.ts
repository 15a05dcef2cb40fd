import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {cuesText, subtitleFilesText, transcriptText} from '../cli/print/moments.js'
import {failuresText} from '../cli/print/report.js'
import {SUBTITLE_FORMATS} from '../domain/subtitles.js'
import {transcribe, type TranscriptReport} from '../services/transcripts.js'

export default class Transcribe extends BaseCommand {
  static override summary = 'Write down what is said in videos and sound, so that search finds it.'
  static override description = `Subtitles come first: .srt and .vtt files beside a video, of every language there is, else the first text stream in it. They are read whenever it is
listened to, and again here.
Where there are none, a Whisper model that was pulled listens to the stretches in which somebody speaks: \`models pull whisper-base\`.
A run that was interrupted goes on where it stopped, also in the middle of a long file.

--subtitles writes what is said into files beside the media, \`talk.srt\` beside \`talk.mp4\`, or into a mirror of their folders with --to: of the
files that are named, or of all. A file that is there already stays as it is. Ends with 3 where one could not be written.`
  static override examples = [
    '<%= config.bin %> transcribe ~/Videos/talk.mp4',
    '<%= config.bin %> transcribe',
    '<%= config.bin %> transcribe ~/Videos/talk.mp4 --subtitles srt',
    '<%= config.bin %> transcribe --subtitles vtt --to ~/subtitles',
  ]
  static override strict = false
  static override args = {file: Args.string({description: 'a video or sound in the library; all of them where none is named'})}

  static override flags = {
    subtitles: Flags.option({options: SUBTITLE_FORMATS, description: 'write what is said into subtitle files'})(),
    to: Flags.directory({description: 'write them below this folder instead of beside the media', dependsOn: ['subtitles']}),
  }

  async run(): Promise<TranscriptReport> {
    const {argv, flags} = await this.parse(Transcribe)
    const paths = (argv as string[]).map(path => resolve(path))
    const to = flags.to === undefined ? {} : {to: resolve(flags.to)}
    const target = flags.subtitles === undefined ? {} : {subtitles: {format: flags.subtitles, ...to}}
    const report = await this.withPorts(flags, ports => transcribe(ports, {paths, ...target}, {signal: this.signal}))
    const failures = [...report.failures, ...(report.subtitles?.failures ?? [])]
    if (failures.length > 0) this.endWith('PARTIAL_FAILURE')
    for (const {cues} of report.files) this.print(cues.length === 0 ? 'nothing is said' : cuesText(cues))
    if (paths.length === 0) this.print(transcriptText(report))
    if (report.subtitles !== null) this.print(subtitleFilesText(report.subtitles))
    this.print(failuresText(failures))
    return report
  }
}
