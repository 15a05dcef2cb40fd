import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {openAudioTagReader} from '../../../dist/adapters/metadata/audio-tags.js'
import {openExifReader} from '../../../dist/adapters/metadata/exif.js'
import {describeWithFixtures} from '../../support/fixtures.js'

const exif = openExifReader()
const audio = openAudioTagReader()
const MP3 = {kind: 'audio', format: 'mp3', mime: 'audio/mpeg'} as const

describeWithFixtures('metadata of photos', fixtures => {
  const photo = (name: string): string => join(fixtures, 'media', name)

  test('names camera, lens, exposure and time as the camera wrote them', async () => {
    expect(await exif.read(photo('exif/jpg_Canon_40D.jpg'))).toMatchObject({
      cameraMake: 'Canon',
      cameraModel: 'Canon EOS 40D',
      captured: {at: '2008-05-30T15:56:01', source: 'exif'},
      orientation: 1,
      iso: 100,
      fNumber: 7.1,
      focalLengthMm: 135,
      flashFired: true,
    })
    expect(await exif.read(photo('formats/IMG_2927.HEIC'))).toMatchObject({
      lens: 'iPhone 11 Pro back triple camera 4.25mm f/1.8',
      captured: {at: '2020-05-04T18:39:11-04:00', source: 'exif'},
    })
  })

  test('gives places in degrees', async () => {
    const {location} = await exif.read(photo('exif/jpg_gps_DSCN0012.jpg'))
    expect(location?.latitude).toBeCloseTo(43.46716, 4)
    expect(location?.longitude).toBeCloseTo(11.88539, 4)
  })

  test('gives keywords and titles that people wrote, and no phrases of the maker', async () => {
    expect(await exif.read(photo('formats/FujiFilm FinePixS1Pro (1).jpg'))).toMatchObject({
      keywords: ['Communications'],
      title: 'Communications',
    })
    for (const name of ['jpg_Olympus_C8080WZ.jpg', 'jpg_exif-org_olympus-d320l.jpg']) {
      expect((await exif.read(photo(`exif/${name}`))).description).toBeUndefined()
    }
  })

  test('is the same in every time zone of this machine', async () => {
    const zone = process.env.TZ
    const times = []
    for (const TZ of ['UTC', 'Pacific/Auckland', 'America/Los_Angeles']) {
      process.env.TZ = TZ
      times.push((await exif.read(photo('exif/jpg_Nikon_D70.jpg'))).captured?.at)
    }
    process.env.TZ = zone
    expect(new Set(times)).toEqual(new Set(['2008-03-15T09:52:01']))
  })

  test('is simply absent where there is none, or where it makes no sense', async () => {
    for (const folder of ['broken', 'formats', 'exif']) {
      for (const file of await readdir(photo(folder))) {
        const facts = await exif.read(photo(`${folder}/${file}`))
        for (const value of Object.values(facts))
          expect(value).not.toSatisfy((it: unknown) => it === undefined || Number.isNaN(it) || it === '')
      }
    }
  })
})

describeWithFixtures('tags of sound files', fixtures => {
  const sound = (name: string): string => join(fixtures, 'media/audio-tags', name)

  test('are read from ID3, Vorbis and MP4', async () => {
    expect(await audio.read(sound('id3v2.2.mp3'), MP3)).toMatchObject({
      title: expect.any(String) as string,
      artist: expect.any(String) as string,
    })
    expect(await audio.read(sound('04 Long Drive.flac'), MP3)).toMatchObject({title: 'Long Drive'})
    expect(await audio.read(sound('has-tags.m4a'), MP3)).toMatchObject({artist: 'Test Artist'})
  })

  test('end in tags or in a clear error, for every file there is', async () => {
    const files = openFileSystem()
    for (const file of await readdir(sound(''))) {
      const known = await files.recognise(sound(file)).catch(() => null)
      if (known?.kind !== 'audio') continue
      const outcome = await audio.read(sound(file), known).catch((error: unknown) => error)
      if (!(outcome instanceof Error)) continue
      expect(outcome).toMatchObject({code: 'FILE_BROKEN'})
      expect(outcome.message).not.toContain(fixtures)
    }
  })
})
