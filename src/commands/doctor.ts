import {BaseCommand} from '../cli/base-command.js'
import {examine, type Finding} from '../cli/doctor.js'
import {safe, table} from '../cli/print/text.js'

export default class Doctor extends BaseCommand {
  static override summary = 'Check versions, the CPU, ffmpeg, the models and the library.'
  static override description = 'Ends with 3 when something is found that keeps a command from its work.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json']

  async run(): Promise<{findings: Finding[]}> {
    const {flags} = await this.parse(Doctor)
    const {version, configDir} = this.config
    const findings = await examine({config: this.readConfig(flags), version, configDir, signal: this.signal})
    if (findings.some(finding => finding.state === 'problem')) this.endWith('PARTIAL_FAILURE')
    const marks = {ok: '✓', note: '·', problem: '✗'}
    this.print(
      table(
        findings.map(({name, state, detail, hint}) => [
          marks[state],
          name,
          safe(detail) + (hint === undefined ? '' : `; try: ${safe(hint)}`),
        ]),
      ),
    )
    return {findings}
  }
}
