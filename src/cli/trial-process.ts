// A process of its own that lets one model work once and says whether it does; see model-trial.ts.
import type {PictureRule, Pixels} from '../domain/media.js'
import {LISTENING_HZ} from '../domain/ports/listening.js'
import {MediaForgeError, messageOf} from '../domain/errors.js'
import {dot} from '../domain/vectors.js'
import {openCaptionerIn} from './captioners.js'
import {openEmbedder} from './embedders.js'
import type {Trial, Verdict} from './model-trial.js'
import {openSoundClassifierIn, openTranscriberIn} from './sound-models.js'

// A terminal sends Ctrl-C to all processes of a command: the one that asked says what becomes of this one.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined)
// That one is gone: nobody waits for an answer, and a graph in native code ends in no other way.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.once('message', (trial: Trial) => void answer(trial))

async function answer(trial: Trial): Promise<void> {
  const verdict = await tryOnce(trial).then(
    () => null,
    (error: unknown): Verdict =>
      error instanceof MediaForgeError
        ? {code: error.code, message: error.message, hint: error.hint}
        : {code: null, message: messageOf(error), hint: undefined},
  )
  process.send?.(verdict)
}

/** Texts that say something else each; the last ones use what most vocabularies keep at their end. */
const TEXTS = ['a red car in the street', 'a blue bird', 'Grüße aus Köln: 1,234 €', '犬の写真 🐕', 'собака в снегу']

/** Rejects with `MODEL_INVALID` where texts that say something else have one vector: its words are none to the model. */
function assertApart(folder: string, texts: Float32Array[]): void {
  const [a, b] = texts as [Float32Array, Float32Array]
  // A text without a word that it knows may also be nothing at all.
  if (dot(a, b) < SAME && dot(a, a) > 0) return
  throw new MediaForgeError('MODEL_INVALID', `to the model in ${folder}, '${TEXTS[0]}' and '${TEXTS[1]}' are the same`, {
    hint: 'its tokenizer is most likely that of another model: take the tokenizer.json that comes with its weights',
  })
}

/** Cosines of two texts lie below this, unless a model sees the same words in both. */
const SAME = 0.9999

async function tryOnce({kind, folder, config}: Trial): Promise<void> {
  switch (kind) {
    case 'dual-encoder': {
      const embedder = await openEmbedder(config, folder)
      const texts = await embedder.embedTexts(TEXTS)
      await embedder.embedPictures([greyPicture(embedder.pictureRule)])
      assertApart(folder, texts)
      return
    }
    case 'captioner': {
      const captioner = await openCaptionerIn(folder, config)
      await captioner.describe(greyPicture(captioner.pictureRule))
      return
    }
    case 'sound-classifier': {
      const classifier = await openSoundClassifierIn(folder)
      await classifier.classify(new Float32Array(classifier.windowSamples))
      return
    }
    case 'speech-recogniser': {
      const transcriber = await openTranscriberIn(folder, config)
      await transcriber.transcribe(new Float32Array(LISTENING_HZ))
      return
    }
    // No adapter runs these yet.
    case 'sentence-encoder':
    case 'language-model':
  }
}

function greyPicture(rule: PictureRule): Pixels {
  const {width, height} = rule.crop ?? rule
  return {width, height, data: new Uint8Array(width * height * 3).fill(128)}
}
