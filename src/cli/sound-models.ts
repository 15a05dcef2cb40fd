import type {SoundClassifier, VoiceDetector} from '../domain/ports/listening.js'
import type {Models} from '../domain/ports/models.js'
import type {Transcriber} from '../domain/ports/transcriber.js'
import {physicalCores} from '../adapters/host/cores.js'
import type {Config} from './config.js'

/** Opens a classifier of sounds for a caller who closes it. */
export async function openSoundClassifierIn(folder: string): Promise<SoundClassifier> {
  return (await import('../adapters/sound-classifier/classifier.js')).openSoundClassifier(folder)
}

/** The classifier of sounds that is used; null where none is in the folder of models. */
export async function chosenSoundClassifier(models: Models): Promise<SoundClassifier | null> {
  const chosen = await models.chosen('sound-classifier')
  return chosen === null ? null : openSoundClassifierIn(chosen.folder)
}

export async function openVoiceDetector(): Promise<VoiceDetector> {
  return (await import('../adapters/voice-detector/silero.js')).openSilero()
}

/** Opens a model that writes down speech, for a caller who closes it. */
export async function openTranscriberIn(folder: string, {threads}: Pick<Config, 'threads'>): Promise<Transcriber> {
  const {openWhisper} = await import('../adapters/transcriber/whisper.js')
  return openWhisper({folder, threads: threads ?? physicalCores()})
}

/** The one that is used; null where none is in the folder of models. */
export async function chosenTranscriber(config: Config, models: Models): Promise<Transcriber | null> {
  const chosen = await models.chosen('speech-recogniser')
  return chosen === null ? null : openTranscriberIn(chosen.folder, config)
}
