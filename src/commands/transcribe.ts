import {resolve} from 'node:path'
import {Args} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {cuesText} from '../cli/print/moments.js'
import {drainText, failuresText} from '../cli/print/report.js'
import {transcribe, type TranscriptReport} from '../services/transcripts.js'

export default class Transcribe extends BaseCommand {
  static override summary = 'Write down what is said in videos and sound, so that search finds it.'
  static override description = `Subtitles come first: .srt and .vtt files beside a video and text streams in it are read whenever it is listened to, and again here.
Where there are none, a Whisper model that was pulled listens to the stretches in which somebody speaks: \`models pull whisper-base\`.`
  static override examples = ['<%= config.bin %> transcribe ~/Videos/talk.mp4', '<%= config.bin %> transcribe']
  static override strict = false
  static override args = {file: Args.string({description: 'a video or sound in the library; all of them where none is named'})}

  async run(): Promise<TranscriptReport> {
    const {argv, flags} = await this.parse(Transcribe)
    const paths = (argv as string[]).map(path => resolve(path))
    const report = await this.withPorts(flags, ports => transcribe(ports, paths, {signal: this.signal}))
    if (report.failures.length > 0) this.endWith('PARTIAL_FAILURE')
    for (const {cues} of report.files) this.print(cues.length === 0 ? 'nothing is said' : cuesText(cues))
    if (paths.length === 0) this.print(report.queued === 0 ? 'everything is written down already' : drainText(report))
    this.print(failuresText(report.failures))
    return report
  }
}
