import {execFileSync} from 'node:child_process'
import {readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {MediaForgeError} from '../../../dist/domain/errors.js'
import {describeWithFixtures} from '../../support/fixtures.js'
import {tempFolder} from './temp-folder.js'

const {recognise} = openFileSystem()

/** `photo jpeg`, `null`, or the code of the error. */
async function verdict(path: string): Promise<string> {
  try {
    const format = await recognise(path)
    return format === null ? 'null' : `${format.kind} ${format.format}`
  } catch (error) {
    if (error instanceof MediaForgeError) return error.code
    throw error
  }
}

/** What a file of that name and content is taken for. */
async function verdictOn(name: string, content: string | Uint8Array): Promise<string> {
  return verdict(join(tempFolder({[name]: content}), name))
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')
/** An MPEG-1 layer III frame of 128 kbit/s at 44.1 kHz, 417 bytes. */
const MP3_FRAME = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)])

describe('recognise', () => {
  it('goes by content, not by name', async () => {
    expect(await verdictOn('holiday.txt', latin1('\xff\xd8\xff\xe0 and so on'))).toBe('photo jpeg')
    expect(await verdictOn('no-extension', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'))).toBe('photo png')
    expect(await verdictOn('photo.jpg', latin1('\0\0\0\x18ftypheic\0\0\0\0mif1heic'))).toBe('photo heic')
    expect(await verdictOn('x.heic', latin1('\0\0\0\x1cftypmif1\0\0\0\0mif1avif'))).toBe('photo avif')
  })

  it('lets the name decide between what a container may hold', async () => {
    const tiff = latin1('II*\0\x08\0\0\0\0\0')
    expect([await verdictOn('a.tif', tiff), await verdictOn('a.NEF', tiff), await verdictOn('a.jpg', tiff)]).toEqual([
      'photo tiff',
      'photo nef',
      'photo tiff',
    ])
    const matroska = latin1('\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska')
    expect([await verdictOn('a.mkv', matroska), await verdictOn('a.mka', matroska)]).toEqual(['video mkv', 'audio mka'])
  })

  it('finds MP3 behind junk and ID3 tags, and whatever else a tag stands in front of', async () => {
    const tag = Buffer.concat([latin1('ID3\x04\0\0\0\0\x40\0'), Buffer.alloc(64 * 128)])
    const twoFrames = Buffer.concat([MP3_FRAME, MP3_FRAME])
    expect(await verdictOn('noname', twoFrames)).toBe('audio mp3')
    expect(await verdictOn('a.mp3', Buffer.concat([latin1('junk \xff\xfe'), twoFrames]))).toBe('audio mp3')
    expect(await verdictOn('a', Buffer.concat([tag, tag, twoFrames]))).toBe('audio mp3')
    expect(await verdictOn('a.mp3', Buffer.concat([tag, latin1('fLaC\0\0\0\x22')]))).toBe('audio flac')
  })

  it('takes text and documents for no media', async () => {
    const texts = [
      'The free software',
      'MAC addresses',
      'BMW bikes and other bikes',
      'P6 is a processor and nothing else',
      'ID3 tags',
      '<svg/>',
    ]
    for (const text of texts) expect(await verdictOn('notes.txt', text), text).toBe('null')
    expect(await verdictOn('letter.txt', Buffer.from('\uFEFFDear all', 'utf16le'))).toBe('null')
    expect(await verdictOn('module.mts', 'export const answer = 42\n')).toBe('null')
    expect(await verdictOn('sequence.txt', 'G'.repeat(5000))).toBe('null')
    expect(await verdictOn('paper.pdf', '%PDF-1.7\n')).toBe('null')
    expect(await verdictOn('empty.txt', '')).toBe('null')
  })

  it('names the reason where only the name says media', async () => {
    expect(await verdictOn('empty.jpg', '')).toBe('FILE_EMPTY')
    expect(await verdictOn('page.jpg', '<html>not found</html>')).toBe('FILE_UNRECOGNISED')
    expect(await verdictOn('zeros.mp4', new Uint8Array(10_000))).toBe('FILE_UNRECOGNISED')
    await expect(recognise(join(tempFolder({'a.JPG': 'text'}), 'a.JPG'))).rejects.toThrow(
      'the name says .jpg, but the content is no jpeg or any other known format',
    )
  })

  it('does not wait for a pipe, and names what is gone or a folder', async () => {
    const root = tempFolder()
    execFileSync('mkfifo', [join(root, 'pipe.jpg')])
    expect(await verdict(join(root, 'pipe.jpg'))).toBe('FILE_UNREADABLE')
    expect(await verdict(root)).toBe('FILE_UNREADABLE')
    expect(await verdict(join(root, 'gone.jpg'))).toBe('FILE_VANISHED')
  })
})

describeWithFixtures('recognise on real files', fixtures => {
  const media = join(fixtures, 'media')

  async function verdictsOf(folder: string): Promise<Map<string, string>> {
    const files = readdirSync(join(media, folder)).filter(name => statSync(join(media, folder, name)).isFile())
    const verdicts = new Map<string, string>()
    for (const name of files) verdicts.set(name, await verdict(join(media, folder, name)))
    return verdicts
  }

  it('knows every format', async () => {
    const verdicts = await verdictsOf('formats')
    const byExtension = new Map([...verdicts].map(([name, found]) => [name.split('.').at(-1)?.toLowerCase(), found]))
    expect(Object.fromEntries(byExtension)).toMatchObject({
      webp: 'photo webp',
      gif: 'photo gif',
      bmp: 'photo bmp',
      psd: 'photo psd',
      tga: 'photo tga',
      pcx: 'photo pcx',
      ppm: 'photo pnm',
      avif: 'photo avif',
      heic: 'photo heic',
      rw2: 'photo rw2',
      jp2: 'photo jp2',
      j2c: 'photo jp2',
      tiff: 'photo tiff',
      mov: 'video mov',
      mp4: 'video mp4',
      mts: 'video mts',
      '3gp': 'video 3gp',
      '3g2': 'video 3g2',
      m4a: 'audio m4a',
      eps: 'null',
      ai: 'null',
      xmp: 'null',
      md: 'null',
    })
    // Two of these are icons of OS/2 and two are JPEG files under a RAW name.
    expect([...verdicts].filter(([, found]) => found.startsWith('FILE_')).map(([name]) => name)).toEqual([
      'Book-About.ICO',
      'Cacatus.ICO',
    ])
    expect(verdicts.get('Issue 247-1.nef')).toBe('photo jpeg')
  })

  it('knows every photo and every sound for what it is', async () => {
    for (const found of (await verdictsOf('exif')).values()) expect(found).toMatch(/^photo (jpeg|tiff)$/)
    const sounds = [...(await verdictsOf('sounds')), ...(await verdictsOf('audio-tags'))].filter(
      ([name]) => !name.endsWith('.json'),
    )
    for (const [name, found] of sounds) expect(found, name).toMatch(name.endsWith('.mp4') ? /^video mp4$/ : /^audio /)
  })

  it('ends every broken file in a format, null or a FILE code', async () => {
    for (const [name, found] of await verdictsOf('broken'))
      expect(found, name).toMatch(/^(null|(photo|video|audio) \w+|FILE_[A-Z]+)$/)
  })
})
