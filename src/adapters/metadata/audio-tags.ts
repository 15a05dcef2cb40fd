import type {IAudioMetadata} from 'music-metadata'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {MediaFacts} from '../../domain/media.js'
import type {AudioTagReader} from '../../domain/ports/media-tools.js'
import {naturalText, positiveNumber} from './values.js'

const TIME_LIMIT_MS = 10_000

/** Reads ID3, Vorbis, MP4, APE and ASF tags with music-metadata. Covers are left where they are. */
export function openAudioTagReader(): AudioTagReader {
  return {
    async read(path) {
      const {parseFile} = await import('music-metadata')
      const timeout = new Promise<never>((_, reject) => {
        const stop = (): void => {
          reject(new MediaForgeError('FILE_TIMEOUT', `its tags could not be read within ${TIME_LIMIT_MS / 1000} s`))
        }
        setTimeout(stop, TIME_LIMIT_MS).unref()
      })
      try {
        return factsOf(await Promise.race([parseFile(path, {skipCovers: true, duration: false}), timeout]))
      } catch (error) {
        if (error instanceof MediaForgeError) throw error
        throw new MediaForgeError('FILE_BROKEN', `its tags make no sense: ${messageOf(error).replace(path, 'it')}`, {
          cause: error,
        })
      }
    },
  }
}

function factsOf({common, format}: IAudioMetadata): MediaFacts {
  const seconds = positiveNumber(format.duration)
  const date = /^\d{4}(-\d\d(-\d\d)?)?$/.exec(common.originaldate ?? common.date ?? '')?.[0]
  const year = positiveNumber(common.year)
  const facts = {
    durationMs: seconds === undefined ? undefined : Math.round(seconds * 1000),
    audioCodec: naturalText(format.codec),
    bitRate: positiveNumber(format.bitrate),
    audioChannels: positiveNumber(format.numberOfChannels),
    sampleRateHz: positiveNumber(format.sampleRate),
    title: naturalText(common.title),
    artist: naturalText(common.artist),
    album: naturalText(common.album),
    genre: naturalText(common.genre?.[0]),
    description: naturalText(common.comment?.[0]?.text),
    year: year === undefined || year > 2200 ? undefined : year,
    captured: date === undefined ? undefined : {at: date, source: 'tags' as const},
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
