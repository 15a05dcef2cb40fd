import {resolve} from 'node:path'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../cli/base-command.js'
import {failuresText} from '../cli/print/report.js'
import {count, shortPath} from '../cli/print/text.js'
import {MediaForgeError} from '../domain/errors.js'
import {exportContents, exportXmp, type XmpReport} from '../services/export.js'

export default class Export extends BaseCommand {
  static override summary = 'Write out what the library knows: as JSON, or as XMP sidecars that other programs read.'
  static override description = `--json prints one document with everything a person would want to keep: for each content its paths, tags with their
source, tags that were taken away, captions, people, dates and other facts. It is written as it is read, a content a line.

--xmp writes tags, people, descriptions and ratings into .xmp files beside the media, or into a mirror of their folders with --to. Media
are never opened. What another program wrote into a sidecar stays, and ours is added; a sidecar that makes no sense is left alone. The
next scan reads sidecars back, here or into another library.

Ends with 3 where a sidecar could not be written.`
  static override examples = [
    '<%= config.bin %> export --json > library.json',
    '<%= config.bin %> export --out library.json',
    '<%= config.bin %> export --xmp --dry-run',
    '<%= config.bin %> export --xmp --to ~/sidecars',
  ]
  static override flags = {
    out: Flags.string({description: 'write the JSON document to this file', helpValue: 'FILE', exclusive: ['xmp']}),
    xmp: Flags.boolean({description: 'write XMP sidecars'}),
    to: Flags.directory({description: 'write them below this folder instead of beside the media', dependsOn: ['xmp']}),
    'dry-run': Flags.boolean({description: 'only say which sidecars would be written', dependsOn: ['xmp']}),
  }

  async run(): Promise<XmpReport | {path: string; contents: number} | undefined> {
    const {flags} = await this.parse(Export)
    if (flags.xmp) {
      const options = {dryRun: flags['dry-run'], ...(flags.to === undefined ? {} : {to: resolve(flags.to)})}
      const report = await this.withPorts(flags, ports => exportXmp(ports, options, {signal: this.signal}))
      this.printXmp(report)
      return report
    }
    if (flags.out === undefined && !this.jsonEnabled()) {
      throw new MediaForgeError('USAGE', 'say what to write', {hint: 'mediaforge export --json, or mediaforge export --xmp'})
    }
    const {writeExport, writeExportFile} = await import('../cli/export-json.js')
    return this.withPorts(flags, async ports => {
      const contents = exportContents(ports, {signal: this.signal})
      if (flags.out === undefined) {
        await writeExport(process.stdout, contents)
        return undefined
      }
      const path = resolve(flags.out)
      const report = {path, contents: await writeExportFile(path, contents)}
      this.print(`${shortPath(path)}: ${count(report.contents, 'content')}`)
      return report
    })
  }

  private printXmp({dryRun, written, unchanged, failures}: XmpReport): void {
    if (failures.length > 0) this.endWith('PARTIAL_FAILURE')
    if (dryRun) this.print(written.map(path => `${shortPath(path)}\n`).join(''))
    this.print(`${count(written.length, 'sidecar')} ${dryRun ? 'to write' : 'written'}, ${unchanged} unchanged`)
    this.print(failuresText(failures))
  }

  /** The document of `--json` is on stdout already: no second one follows. */
  protected override logJson(json: unknown): void {
    if (json !== undefined) super.logJson(json)
  }
}
