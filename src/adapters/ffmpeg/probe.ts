import {MediaForgeError} from '../../domain/errors.js'
import type {GeoPoint, MediaFacts} from '../../domain/media.js'
import {groupId} from '../../domain/parts.js'
import type {Probed} from '../../domain/ports/media-tools.js'
import {isPlausible, readTimestamp} from '../../domain/timestamps.js'
import {inputArgs} from './run.js'

interface Stream {
  codec_type?: string
  codec_name?: string
  width?: number
  height?: number
  avg_frame_rate?: string
  duration?: string
  channels?: number
  sample_rate?: string
  disposition?: {attached_pic?: number; forced?: number; hearing_impaired?: number}
  tags?: Record<string, string>
  side_data_list?: {rotation?: number}[]
}

interface Probe {
  streams?: Stream[]
  format?: {format_name?: string; duration?: string; bit_rate?: string; tags?: Record<string, string>}
}

/** Subtitles that are words; others are pictures of words. */
const TEXT_SUBTITLES = new Set(['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text'])

type Tags = Record<string, string | undefined>

/** Formats that only name other files: a playlist that pretends to be a video must not make ffmpeg open what it names. */
const PLAYLISTS = /\b(hls|applehttp|concat|concatf|ffmetadata|sdp|rtsp|dash|webm_dash_manifest|imf)\b/

export function probeArgs(path: string): string[] {
  return ['-v', 'error', '-print_format', 'json', '-show_format', '-show_streams', ...inputArgs(path)]
}

/** Facts from ffprobe's JSON. Absurd and zero values are dropped. Throws `FILE_BROKEN` for what is no single media file. */
export function readProbe(json: string): Probed {
  const {streams = [], format = {}} = JSON.parse(json) as Probe
  if (PLAYLISTS.test(format.format_name ?? '')) {
    throw new MediaForgeError('FILE_BROKEN', `it is a playlist (${format.format_name}), no media file`)
  }
  const video = streams.find(stream => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1)
  const audio = streams.find(stream => stream.codec_type === 'audio')
  const tags = lowerKeys({...audio?.tags, ...video?.tags, ...format.tags})
  const seconds = [format.duration, video?.duration, audio?.duration].map(Number).find(value => value > 0 && value < 1e7)
  const facts = {
    ...(video === undefined ? {} : pictureFacts(video)),
    durationMs: seconds === undefined ? undefined : Math.round(seconds * 1000),
    audioCodec: audio?.codec_name,
    audioChannels: positive(audio?.channels),
    sampleRateHz: positive(audio?.sample_rate),
    bitRate: positive(format.bit_rate),
    captured: captured(tags),
    location: location(tags),
    cameraMake: tags.make ?? tags['com.apple.quicktime.make'],
    cameraModel: tags.model ?? tags['com.apple.quicktime.model'],
    software: tags['com.apple.quicktime.software'],
    livePhotoId: groupId(tags['com.apple.quicktime.content.identifier']),
    title: tags.title,
    artist: tags.artist,
    album: tags.album,
    genre: tags.genre,
    description: tags.description ?? tags.comment,
    hasCover: streams.some(({disposition}) => disposition?.attached_pic === 1) ? true : undefined,
  }
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== '')) as MediaFacts
  return {
    ...known,
    hasVideo: video !== undefined,
    hasAudio: audio !== undefined,
  }
}

/** A stream of subtitles that are words; `index` counts those of subtitles alone. */
export interface SubtitleStream {
  index: number
  language: string | null
  isVariant: boolean
}

/** The streams of subtitles that are words, by ffprobe's JSON. */
export function textSubtitles(json: string): SubtitleStream[] {
  const subtitles = ((JSON.parse(json) as Probe).streams ?? []).filter(({codec_type}) => codec_type === 'subtitle')
  return subtitles.flatMap(({codec_name, tags, disposition = {}}, index) => {
    if (!TEXT_SUBTITLES.has(codec_name ?? '')) return []
    const language = tags?.language ?? null
    const isVariant =
      disposition.forced === 1 || disposition.hearing_impaired === 1 || /\b(sdh|forced|cc)\b/i.test(tags?.title ?? '')
    return [{index, language: language === 'und' ? null : language, isVariant}]
  })
}

function pictureFacts(stream: Stream): MediaFacts {
  const rotation = stream.side_data_list?.find(data => data.rotation !== undefined)?.rotation ?? Number(stream.tags?.rotate ?? 0)
  const isTurned = Math.abs(rotation) % 180 === 90
  const [width, height] = isTurned ? [stream.height, stream.width] : [stream.width, stream.height]
  const [frames, seconds] = (stream.avg_frame_rate ?? '').split('/').map(Number)
  const frameRate =
    frames !== undefined && seconds !== undefined && seconds > 0 ? Math.round((frames / seconds) * 1000) / 1000 : 0
  return {
    ...(positive(width) === undefined || positive(height) === undefined
      ? {}
      : {width: width as number, height: height as number}),
    ...(stream.codec_name === undefined ? {} : {videoCodec: stream.codec_name}),
    ...(frameRate > 0 && frameRate < 1000 ? {frameRate} : {}),
    ...(rotation === 0 || Number.isNaN(rotation) ? {} : {rotationDegrees: rotation}),
  }
}

function positive(value: string | number | undefined): number | undefined {
  const number = Number(value)
  return number > 0 && Number.isFinite(number) ? number : undefined
}

/** The recording time. Apple's own key is local and has the zone; the plain one is UTC. The first plausible one counts. */
function captured(tags: Tags): MediaFacts['captured'] {
  for (const text of [tags['com.apple.quicktime.creationdate'], tags.creation_time]) {
    const at = readTimestamp(text)
    if (at !== undefined && isPlausible(at, Date.now())) return {at, source: 'container'}
  }
  return undefined
}

/** ISO 6709, as phones write it: `+46.2044+006.1432+375.0/`. */
function location(tags: Tags): GeoPoint | undefined {
  const text = tags['com.apple.quicktime.location.iso6709'] ?? tags.location
  const [, latitude, longitude, altitude] = /^([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/.exec(text ?? '') ?? []
  const point = {latitude: Number(latitude), longitude: Number(longitude)}
  if (!(Math.abs(point.latitude) <= 90 && Math.abs(point.longitude) <= 180)) return undefined
  if (point.latitude === 0 && point.longitude === 0) return undefined
  return altitude === undefined ? point : {...point, altitudeM: Number(altitude)}
}

function lowerKeys(tags: Record<string, string>): Tags {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value.trim()]))
}
