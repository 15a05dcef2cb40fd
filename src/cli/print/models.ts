import type {InstalledModel, ModelOffer} from '../../domain/models.js'
import type {FileProblem} from '../../domain/ports/models.js'
import {formatSize} from '../../domain/units.js'
import type {CalibrationReport} from '../../services/calibrate.js'
import type {PullReport} from '../../services/models/installing.js'
import type {ModelList} from '../../services/models/listing.js'
import type {Removal} from '../../services/models/removing.js'
import type {UseReport} from '../../services/models/using.js'
import type {SpaceView} from '../../services/spaces.js'
import {drainText} from './report.js'
import {count, safe, shortPath, table} from './text.js'

/** A model a line: whether it is here, its size, licence, and what it is; then what could not be checked, and what no model is left for. */
export function modelsText({builtIn, models, problems, spaces}: ModelList): string {
  const own = builtIn.map(({name, kind, title, licence, isUsed}) => [
    name,
    isUsed ? 'in use' : 'here',
    kind,
    '',
    licence.id,
    title,
  ])
  const rows = models.map(({name, kind, title, licence, isInstalled, isUsed, begunBytes, sizeBytes, unverified}) => [
    safe(name),
    isUsed ? 'in use' : isInstalled ? 'here' : begunBytes === null ? '' : 'begun',
    kind,
    sizeBytes === null ? '?' : formatSize(sizeBytes),
    safe(licence.id),
    safe(title) + (unverified === undefined ? '' : ' (unverified)'),
  ])
  const lines = [table([['model', '', 'kind', 'size', 'licence', 'what it is'], ...own, ...rows], [3])]
  if (models.some(({unverified}) => unverified !== undefined)) {
    lines.push('unverified: not everything about it could be checked; --json says what')
  }
  for (const {name, begunBytes} of models.filter(model => model.begunBytes !== null)) {
    const bytes = formatSize(begunBytes ?? 0)
    lines.push(
      `${safe(name)}: ${bytes} have come; models pull ${safe(name)} goes on, models remove ${safe(name)} takes them away`,
    )
  }
  for (const {path, problem} of problems) lines.push(`${shortPath(path)} holds no model: ${safe(problem)}`)
  for (const space of spaces.filter(({model}) => model === null)) {
    lines.push(
      `${vectorsText(space)}, which no model here can be asked about; models remove --space ${safe(space.space)} drops them`,
    )
  }
  return lines.join('\n')
}

/** A model that is about to come, with the terms it comes under. */
export function offerText({model, licence, from, sizeBytes, missingBytes, unverified}: ModelOffer): string {
  const size = sizeBytes === null ? 'of unknown size' : formatSize(sizeBytes)
  const rest = sizeBytes === null || missingBytes === sizeBytes ? '' : `, ${formatSize(missingBytes)} of it to come`
  return `${safe(model)}: ${size}${rest}, from ${safe(from)}, licence ${termsText(licence)}${cautionText(unverified)}`
}

/** A model that came, with the terms it came under. */
export function installedText({manifest, folder, sizeBytes}: InstalledModel): string {
  const {name, licence, unverified} = manifest
  const at = `${formatSize(sizeBytes)} in ${shortPath(folder)}`
  return `${safe(name)}: ${at}, licence ${termsText(licence)}${cautionText(unverified)}`
}

function termsText({id, url}: ModelOffer['licence']): string {
  return safe(url === '' ? id : `${id} (${url})`)
}

function cautionText(unverified: string | undefined): string {
  return unverified === undefined ? '' : `\n  unverified: ${safe(unverified)}`
}

/** The models that came, a line or two each; then those that did not, and what can be done. */
export function pulledText({models, failures}: PullReport): string {
  const lines = models.map(installedText)
  for (const {model, error} of failures) {
    lines.push(`${safe(model)} did not come: ${safe(error.message)}`)
    if (error.hint !== undefined) lines.push(`  try: ${safe(error.hint)}`)
  }
  return lines.join('\n')
}

export function verifiedText(verdicts: readonly {model: string; problems: FileProblem[]}[]): string {
  if (verdicts.length === 0) return 'no model is installed'
  return verdicts
    .map(({model, problems}) =>
      problems.length === 0
        ? `${safe(model)}: as it was installed`
        : `${safe(model)}: ${problems.map(({path, problem}) => `${safe(path)}: ${safe(problem)}`).join('; ')}; pull it again: mediaforge models pull ${safe(model)}`,
    )
    .join('\n')
}

export function calibratedText({model, pictures, judgements, error}: CalibrationReport): string {
  const by = `${count(judgements, 'answer')} of ${safe(model)} to ${count(pictures, 'picture')} compared`
  return `${by}: on new ones its confidences are off by ${error.toFixed(3)} on the average\ntags by them: mediaforge tag`
}

/** What would go with a model, or without one. */
export function removalText({name, sizeBytes, space}: Removal): string {
  const disk = name === null ? [] : [`${safe(name)}: ${formatSize(sizeBytes)} on the disk`]
  return [...disk, ...(space === null ? [] : [vectorsText(space)])].join(', and ')
}

function vectorsText({space, vectors, contents}: SpaceView): string {
  return `${count(vectors, 'vector')} of ${count(contents, 'content')} in the library (space ${safe(space)})`
}

export function useText({model, purpose, space, queued, meanwhile, work}: UseReport, isInBackground: boolean): string {
  const does =
    space === null ? `${safe(model)} ${purpose ?? 'is used'}` : `searches use ${safe(model)} (space ${safe(space)}) from now on`
  const lines = [does]
  if (work !== null) lines.push(drainText(work))
  else if (queued > 0) {
    const old = meanwhile === null ? '' : `; ${safe(meanwhile)} finds them until then`
    const verb = space === null ? 'hear' : 'embed'
    lines.push(`${count(queued, 'file')} to ${verb} ${isInBackground ? 'in the background' : 'by the next scan or work'}${old}`)
    lines.push('how far it is: mediaforge jobs')
  }
  return lines.join('\n')
}
