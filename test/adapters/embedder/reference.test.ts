import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import sharp from 'sharp'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openDualEncoder} from '../../../dist/adapters/embedder/dual-encoder/dual-encoder.js'
import {openPictureDecoder} from '../../../dist/adapters/pictures/picture-decoder.js'
import type {Embedder} from '../../../dist/domain/ports/embedder.js'
import {dot} from '../../../dist/domain/vectors.js'
import {describeWithFixtures} from '../../support/fixtures.js'
import {JOINT_MANIFEST, makeJointModel} from '../../support/joint-model.js'
import {rawWith} from '../../support/raw-file.js'

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const
const PHOTOS = ['000000022192', '000000000802', '000000000139', '000000011813']

interface Picture {
  width: number
  height: number
  data: Float32Array
}

/** Every pixel of the file, none of it made smaller while it is read. */
async function allPixels(path: string): Promise<Picture> {
  const {data, info} = await sharp(path)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({resolveWithObject: true})
  return {width: info.width, height: info.height, data: Float32Array.from(data)}
}

interface Kernel {
  lobes: number
  weigh: (x: number) => number
}

/** As Pillow has them: its bicubic is Catmull and Rom's (a = -0.5). */
const KERNELS = {
  lanczos3: {
    lobes: 3,
    weigh: x => (x === 0 ? 1 : (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2),
  },
  cubic: {
    lobes: 2,
    weigh: x =>
      Math.abs(x) < 1 ? (1.5 * Math.abs(x) - 2.5) * x * x + 1 : ((-0.5 * Math.abs(x) + 2.5) * Math.abs(x) - 4) * Math.abs(x) + 2,
  },
} satisfies Record<string, Kernel>

/**
 * Every pixel weighed by a kernel that is stretched where a picture is made smaller, the way Pillow resizes (Turkowski 1990, "Filters for common
 * resampling tasks"): one axis after the other, in floats.
 */
function resized(picture: Picture, width: number, height: number, kernel: Kernel): Picture {
  const flipped = (from: Picture): Picture => {
    const data = new Float32Array(from.data.length)
    for (let y = 0; y < from.height; y++)
      for (let x = 0; x < from.width; x++)
        for (let c = 0; c < 3; c++) data[(x * from.height + y) * 3 + c] = from.data[(y * from.width + x) * 3 + c] as number
    return {width: from.height, height: from.width, data}
  }
  return flipped(narrowed(flipped(narrowed(picture, width, kernel)), height, kernel))
}

function narrowed({width, height, data}: Picture, target: number, {lobes, weigh}: Kernel): Picture {
  const scale = width / target
  const stretch = Math.max(1, scale)
  const out = new Float32Array(target * height * 3)
  for (let x = 0; x < target; x++) {
    const centre = (x + 0.5) * scale
    const from = Math.max(0, Math.ceil(centre - lobes * stretch - 0.5))
    const to = Math.min(width - 1, Math.floor(centre + lobes * stretch - 0.5))
    const weights = Float64Array.from({length: to - from + 1}, (_, i) => weigh((from + i + 0.5 - centre) / stretch))
    const sum = weights.reduce((total, weight) => total + weight, 0)
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < 3; c++) {
        let value = 0
        for (let i = 0; i < weights.length; i++)
          value += (weights[i] as number) * (data[(y * width + from + i) * 3 + c] as number)
        out[(y * target + x) * 3 + c] = value / sum
      }
    }
  }
  return {width: target, height, data: out}
}

/** The smaller side to 256 and the other one in proportion, cut short to whole pixels; of that the middle 224 × 224. */
function prepared(picture: Picture, kernel: Kernel) {
  const scale = 256 / Math.min(picture.width, picture.height)
  const small = resized(picture, Math.floor(picture.width * scale + 1e-6), Math.floor(picture.height * scale + 1e-6), kernel)
  const [left, top] = [(small.width - 224) >> 1, (small.height - 224) >> 1]
  const data = new Uint8Array(224 * 224 * 3)
  for (let y = 0; y < 224; y++) {
    for (let i = 0; i < 224 * 3; i++) {
      data[y * 224 * 3 + i] = Math.min(
        255,
        Math.max(0, Math.round(small.data[((y + top) * small.width + left) * 3 + i] as number)),
      )
    }
  }
  return {width: 224, height: 224, data}
}

describeWithFixtures('the fast way of a picture into a model', fixtures => {
  const pictures = openPictureDecoder({modelDecodes: 1})
  let modelFolder: string
  let scratch: string
  let embedder: Embedder
  beforeAll(async () => {
    const {image} = JOINT_MANIFEST
    const resize = {...image.resize, rounding: 'down'}
    modelFolder = await makeJointModel(fixtures, {...JOINT_MANIFEST, image: {...image, resize}})
    scratch = await mkdtemp(join(tmpdir(), 'mediaforge-reference-'))
    embedder = await openDualEncoder({modelFolder, threads: 2})
  })
  afterAll(async () => {
    await embedder[Symbol.asyncDispose]()
    await rm(modelFolder, {recursive: true})
    await rm(scratch, {recursive: true})
  })

  const cosine = async (path: string, kernel: keyof typeof KERNELS): Promise<number> => {
    const [fast, slow] = await embedder.embedPictures([
      await pictures.decode(path, JPEG, {...embedder.pictureRule, kernel}),
      prepared(await allPixels(path), KERNELS[kernel]),
    ])
    return dot(fast?.vector as Float32Array, slow?.vector as Float32Array)
  }

  test.each(PHOTOS)('gives the vector of the slow one: %s', async name => {
    expect(await cosine(join(fixtures, 'media/labelled-photos', `${name}.jpg`), 'lanczos3')).toBeGreaterThan(1 - 1e-3)
  })

  test('and a RAW or HEIC file that of the JPEG inside, upright', async () => {
    const jpeg = await sharp(join(fixtures, 'media/labelled-photos', `${PHOTOS[0]}.jpg`))
      .resize(1620, 1080)
      .jpeg()
      .toBuffer()
    const heic = await readFile(join(fixtures, 'media/formats/IMG_2927.HEIC'))
    await writeFile(join(scratch, 'a.jpg'), await sharp(jpeg).withMetadata({orientation: 6}).toBuffer())
    await writeFile(join(scratch, 'a.nef'), rawWith(jpeg, 'II', 6))
    await writeFile(join(scratch, 'a.heic'), Buffer.concat([heic, await readFile(join(scratch, 'a.jpg'))]))
    const [plain, ...others] = await Promise.all(
      ['jpg', 'nef', 'heic'].map(async ending => {
        const format = ending === 'jpg' ? JPEG : {kind: 'photo' as const, format: ending, mime: `image/${ending}`}
        const pixels = await pictures.decode(join(scratch, `a.${ending}`), format, embedder.pictureRule)
        const [embedding] = await embedder.embedPictures([pixels])
        return embedding?.vector as Float32Array
      }),
    )
    for (const vector of others) expect(dot(plain as Float32Array, vector)).toBeGreaterThan(1 - 1e-3)
  })

  test.each([
    [3000, 2250, 1, 'lanczos3'],
    [2048, 1536, 1, 'cubic'],
    [4032, 3024, 6, 'cubic'],
  ] as const)(
    'and that of a large one, which is made small while it is read: %i × %i',
    async (width, height, orientation, kernel) => {
      const path = join(scratch, `${width}.jpg`)
      await sharp(join(fixtures, 'media/labelled-photos', `${PHOTOS[0]}.jpg`))
        .resize(width, height, {fit: 'cover'})
        .withMetadata({orientation})
        .jpeg({quality: 92})
        .toFile(path)
      expect(await cosine(path, kernel)).toBeGreaterThan(1 - 1e-3)
    },
  )
})
