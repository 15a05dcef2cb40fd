import {crossValidated, expectedCalibrationError, fitCalibration} from '../domain/calibration.js'
import {isFatal, MediaForgeError} from '../domain/errors.js'
import {lookedFor, zeroShotJudgements, type Labelled} from '../domain/judging.js'
import type {Pixels} from '../domain/media.js'
import type {Embedder} from '../domain/ports/embedder.js'
import {vectorsOfLabels} from './classifier.js'
import type {Ports} from './ports.js'

type CalibrationPorts = Pick<Ports, 'models' | 'files' | 'pictures' | 'vocabulary' | 'labelVectors' | 'embedderOfModel'>

export interface CalibrationReport {
  model: string
  pictures: number
  /** Answers that were compared with what people said: one a picture and label. */
  judgements: number
  /** By how much a confidence is wrong on the average, of pictures that it was not fitted on (5-fold cross-validation). */
  error: number
}

/** Fewer pictures say more about themselves than about the model; five parts of them must have something right and something wrong each. */
const LEAST_PICTURES = 20

/**
 * Fits what a model's confidences are worth to pictures that people have labelled, and keeps it in the model's manifest. `file` of each is its path.
 * Rejects with `USAGE` for a model that gives no confidences and for pictures that say too little, and like `PictureDecoder`.
 */
export async function calibrateModel(
  ports: CalibrationPorts,
  name: string,
  pictures: readonly Labelled[],
  {signal}: {signal: AbortSignal},
): Promise<CalibrationReport> {
  const {models} = await ports.models.installed()
  if (models.every(({manifest}) => manifest.name !== name)) {
    throw new MediaForgeError('MODEL_MISSING', `there is no model ${name} to calibrate`, {
      hint: 'one that was pulled or added: mediaforge models list',
    })
  }
  const embedder = await ports.embedderOfModel(name)
  const {scoring} = embedder
  if (scoring === null) {
    throw new MediaForgeError('USAGE', `${name} compares no pictures with labels: its manifest has no scoring`, {
      hint: 'mediaforge models list',
    })
  }
  const placed = await Promise.all(pictures.map(picture => place(picture, embedder, ports, signal)))
  const vectors = await vectorsOfLabels(ports, embedder, signal)
  const {labels} = await ports.vocabulary.read()
  const judged = zeroShotJudgements(placed, {labels, vectors, scoring})
  const rights = new Set(judged.filter(({isTrue}) => isTrue).map(({group}) => group))
  if (pictures.length < LEAST_PICTURES || rights.size < LEAST_PICTURES / 2 || judged.every(({isTrue}) => isTrue)) {
    throw new MediaForgeError(
      'USAGE',
      `${pictures.length} pictures, ${rights.size} of them with things that are in the vocabulary, are too few to calibrate by`,
      {hint: `label ${LEAST_PICTURES} or more pictures with the names of things that are in some and not in others`},
    )
  }
  const claims = crossValidated(judged)
  await ports.models.calibrate(name, {...fitCalibration(judged), fittedOn: lookedFor(pictures)})
  return {model: name, pictures: pictures.length, judgements: judged.length, error: expectedCalibrationError(claims)}
}

async function place<Picture extends Labelled>(
  picture: Picture,
  embedder: Embedder,
  {files, pictures}: CalibrationPorts,
  signal: AbortSignal,
): Promise<Picture & {vector: Float32Array}> {
  const {file} = picture
  const pixels = await decode()
  const [embedding] = await embedder.embedPictures([pixels], {signal})
  return {...picture, vector: embedding?.vector ?? new Float32Array(embedder.space.dimension)}

  async function decode(): Promise<Pixels> {
    try {
      const format = await files.recognise(file)
      if (format?.kind === 'photo') return await pictures.decode(file, format, embedder.pictureRule, {signal})
    } catch (error) {
      if (!(error instanceof MediaForgeError)) throw error
      const {message} = error
      if (isFatal(error)) throw error
      throw new MediaForgeError('USAGE', `${file} cannot be calibrated by: ${message}`, {hint: HINT, cause: error})
    }
    throw new MediaForgeError('USAGE', `${file} is no picture`, {hint: HINT})
  }
}

const HINT = 'take it out of labels.json'
