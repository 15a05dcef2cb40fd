import type {CaptureTime, MediaFacts} from '../../domain/media.js'
import type {Tag} from '../../domain/tags.js'
import {formatDuration, formatSize} from '../../domain/units.js'
import type {FileView} from '../../services/files.js'
import {captionText, momentsText, soundRows} from './moments.js'
import {indented, safe, table} from './text.js'

/** What a capture time was taken from, in words. */
const CAPTURED_FROM: Readonly<Record<CaptureTime['source'], string>> = {
  exif: 'EXIF',
  container: 'the recording itself',
  tags: 'its tags',
  sidecar: 'a sidecar',
  name: 'the file name',
  folder: 'the folder name',
  edit: 'the last edit in EXIF',
  mtime: 'the time of the file',
}

/** `dog  0.92  detector  centernet`, a tag a line. */
export function tagsText(tags: readonly Tag[]): string {
  if (tags.length === 0) return 'no tags'
  return table(tags.map(tag => [safe(tag.name), tag.confidence.toFixed(2), tag.source, tag.model ?? '']))
}

/** All that is known of one file, in labelled lines. */
export function fileText({location, content, tags, parts, detections, captions, shots, sound, cues, stages}: FileView): string {
  const rows: [string, string][] = [
    ['path', safe(location.path)],
    ['state', location.state],
    ['size', formatSize(location.sizeBytes)],
  ]
  if (content === null)
    rows.push([
      'content',
      location.problem !== null
        ? `cannot be read: ${safe(location.problem)}`
        : location.format === null
          ? 'no media'
          : 'not looked at yet: mediaforge work',
    ])
  else {
    if (location.problem !== null) rows.push(['problem', safe(location.problem)])
    rows.push(
      ['kind', `${content.format.kind} (${content.format.format}, ${content.format.mime})`],
      ['identity', content.identity],
    )
    rows.push(...factRows(content.facts))
    for (const part of parts) rows.push(['belongs with', safe(part)])
    if (location.sidecars.length > 0) rows.push(['sidecars', location.sidecars.map(path => safe(path)).join(', ')])
    for (const place of content.locations) {
      if (place.path !== location.path)
        rows.push(['also at', `${safe(place.path)}${place.state === 'present' ? '' : ` (${place.state})`}`])
    }
    if (content.format.kind !== 'video') for (const caption of captions) rows.push(['shows', captionText(caption)])
    const {exportedCaption} = content.facts
    if (captions.length === 0 && exportedCaption !== undefined) rows.push(['shows', `${safe(exportedCaption)}  (from a sidecar)`])
    if (sound !== null) rows.push(...soundRows(sound))
    if (detections.length > 0) rows.push(['seen', seenText(detections)])
    rows.push([
      'stages',
      Object.entries(stages)
        .map(([kind, version]) => `${kind} ${version}`)
        .join(', '),
    ])
  }
  return [
    `${table(rows)}\n\ntags\n${indented(tagsText(tags))}`,
    ...momentsText({captions: content?.format.kind === 'video' ? captions : [], shots, sound, cues}),
  ].join('\n\n')
}

const SEEN_SHOWN = 12

/** Each thing once, as surely as it was seen anywhere. They come in the order of their scores. */
function seenText(detections: FileView['detections']): string {
  const best = new Map(detections.toReversed().map(({label, score}) => [label, score]))
  return [...best]
    .sort((a, b) => b[1] - a[1])
    .slice(0, SEEN_SHOWN)
    .map(([label, score]) => `${safe(label)} ${score.toFixed(2)}`)
    .join(', ')
}

function factRows(facts: MediaFacts): [string, string][] {
  const rows: [string, string | undefined][] = [
    [
      'captured',
      facts.captured === undefined
        ? undefined
        : `${facts.captured.at.replace('T', ' ')} (from ${CAPTURED_FROM[facts.captured.source]})`,
    ],
    ['dimensions', facts.width === undefined ? undefined : `${facts.width} × ${facts.height}`],
    ['duration', facts.durationMs === undefined ? undefined : formatDuration(facts.durationMs)],
    ['camera', join(facts.cameraMake, facts.cameraModel)],
    ['lens', facts.lens],
    ['exposure', exposure(facts)],
    [
      'place',
      facts.location === undefined ? undefined : `${facts.location.latitude.toFixed(5)}, ${facts.location.longitude.toFixed(5)}`,
    ],
    [
      'video',
      join(facts.videoCodec, facts.frameRate === undefined ? undefined : `${Math.round(facts.frameRate * 100) / 100} fps`),
    ],
    ['audio', join(facts.audioCodec, facts.sampleRateHz === undefined ? undefined : `${facts.sampleRateHz} Hz`)],
    ['title', facts.title],
    ['artist', facts.artist],
    ['album', facts.album],
    ['genre', facts.genre],
    ['description', facts.description],
    ['people', facts.people?.join(', ')],
    ['rating', facts.rating === undefined ? undefined : '★'.repeat(facts.rating)],
    [
      'no decoder',
      facts.noDecoder === undefined
        ? undefined
        : `nothing here can decode ${facts.noDecoder}: known by name and metadata alone; once something can: mediaforge jobs retry`,
    ],
  ]
  return rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, safe(value)] as [string, string]]))
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter(part => part !== undefined).join(' ')
}

function exposure({exposureSeconds, fNumber, iso, focalLengthMm}: MediaFacts): string {
  const shutter =
    exposureSeconds === undefined
      ? undefined
      : exposureSeconds >= 0.4
        ? `${exposureSeconds} s`
        : `1/${Math.round(1 / exposureSeconds)} s`
  return join(
    shutter,
    fNumber === undefined ? undefined : `f/${fNumber}`,
    iso === undefined ? undefined : `ISO ${iso}`,
    focalLengthMm === undefined ? undefined : `${focalLengthMm} mm`,
  )
}
