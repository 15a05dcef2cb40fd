import {dirname, join} from 'node:path'
import {openAudioTagReader} from '../adapters/metadata/audio-tags.js'
import {openExifReader} from '../adapters/metadata/exif.js'
import {findFfmpeg} from '../adapters/ffmpeg/find.js'
import {runTool} from '../adapters/ffmpeg/run.js'
import {openSoundTools} from '../adapters/ffmpeg/sound-tools.js'
import {openVideoTools} from '../adapters/ffmpeg/video-tools.js'
import {openFileSystem} from '../adapters/files/file-system.js'
import {openPreviewStore} from '../adapters/files/previews.js'
import {openBackground} from '../adapters/host/background.js'
import {decodesBeside, physicalCores} from '../adapters/host/cores.js'
import {openHost} from '../adapters/host/host.js'
import {openModels} from '../adapters/models/models.js'
import {openPictureDecoder} from '../adapters/pictures/picture-decoder.js'
import {openPlaces} from '../adapters/places/places.js'
import {openSampleMaker} from '../adapters/samples/maker.js'
import {openSidecars} from '../adapters/sidecars/sidecars.js'
import {vectorIndexes} from '../adapters/vectors/index.js'
import {sweepIndexFiles} from '../adapters/vectors/sweep.js'
import {openLabelVectors} from '../adapters/vocabulary/label-vectors.js'
import {openVocabularies} from '../adapters/vocabulary/vocabulary.js'
import {openLinuxVolumes} from '../adapters/volumes/linux.js'
import {openMacVolumes} from '../adapters/volumes/macos.js'
import {openWatcher} from '../adapters/watcher/chokidar.js'
import {openedOnce} from '../domain/opened-once.js'
import {openSqliteLibrary} from '../library/sqlite/library.js'
import {createBus} from '../services/bus.js'
import type {Ports} from '../services/ports.js'
import {chosenCaptioner} from './captioners.js'
import {modelNow, writeSetting, type Config} from './config.js'
import {openEmbedders} from './embedders.js'
import {tryModel} from './model-trial.js'
import {chosenSoundClassifier, chosenTranscriber, openVoiceDetector} from './sound-models.js'

/** From this many vectors on, reading a kept graph is quicker than reading all vectors from the library for each search. */
const HNSW_FROM = 200_000

/** A sample of a few seconds is encoded in a fraction of this. */
const SAMPLE_TIMEOUT_MS = 60_000

/** Everything a command works with, closed together at its end. */
export interface Session extends AsyncDisposable {
  config: Config
  ports: Ports
  onClose(close: () => Promise<void>): void
}

/** The composition root: the one place that knows which adapter fills which port. */
export async function compose(config: Config): Promise<Session> {
  const closers: (() => Promise<void>)[] = []
  const library = await openSqliteLibrary(join(config.dataDir, 'library.db'))
  closers.push(async () => library[Symbol.asyncDispose]())
  const host = openHost()
  const indexFolder = join(config.cacheDir, 'indexes')
  const models = openModels({
    folder: config.modelsDir,
    ownCatalogue: join(dirname(config.settingsFile), 'models'),
    hub: {url: config.hubUrl, ...config},
    host,
  })
  closers.push(async () => models[Symbol.asyncDispose]())
  const embedders = openEmbedders(config, models)
  closers.push(async () => embedders[Symbol.asyncDispose]())
  const classifier = openedOnce(() => chosenSoundClassifier(models))
  const detector = openedOnce(openVoiceDetector)
  const captioner = openedOnce(() => chosenCaptioner(config, models))
  const transcriber = openedOnce(() => chosenTranscriber(config, models))
  for (const model of [classifier, detector, captioner, transcriber]) {
    closers.push(async () => (await model.ifOpen())?.[Symbol.asyncDispose]())
  }

  const ports: Ports = {
    library,
    files: openFileSystem(),
    sidecars: openSidecars(),
    exif: openExifReader(),
    audioTags: openAudioTagReader(),
    video: openVideoTools({find: () => findFfmpeg(config), hardwareDecoding: config.hardwareDecoding}),
    soundTools: openSoundTools({find: () => findFfmpeg(config)}),
    pictures: openPictureDecoder({modelDecodes: decodesBeside(config.threads ?? physicalCores())}),
    previews: openPreviewStore(config.cacheDir),
    places: openPlaces(),
    host,
    samples: openSampleMaker({
      runFfmpeg: async (args, {signal}) => {
        const {ffmpeg} = await findFfmpeg(config)
        return runTool(ffmpeg.path, args, {timeoutMs: SAMPLE_TIMEOUT_MS, signal})
      },
    }),
    watcher: openWatcher(),
    volumes: process.platform === 'darwin' ? openMacVolumes() : openLinuxVolumes(),
    bus: createBus(),
    models,
    settings: {...config, chooseModel: name => writeSetting(config.settingsFile, 'model', name)},
    background: openBackground({logFile: join(config.cacheDir, 'background.log'), dataDir: config.dataDir}),
    vocabulary: openVocabularies(join(dirname(config.settingsFile), 'vocabulary')),
    labelVectors: openLabelVectors(config.cacheDir),
    embedder: () => embedders.ofModel(modelNow(config)),
    embedderOfModel: model => embedders.ofModel(model),
    embedderOfSpace: space => embedders.ofSpace(space),
    tryModel: (kind, folder, options) => tryModel({kind, folder, config}, options),
    limits: {keyframesPerHour: config.keyframesPerHour},
    soundClassifier: classifier.get,
    voiceDetector: detector.get,
    transcriber: transcriber.get,
    captioner: captioner.get,
    async vectorIndex({name, inMemory, ...index}) {
      const suitable = index.capacity >= HNSW_FROM ? 'hnsw' : 'flat'
      const kind = inMemory === true ? 'flat' : config.vectorIndex === 'auto' ? suitable : config.vectorIndex
      const {open} = await vectorIndexes[kind].load()
      return open({...index, path: join(indexFolder, `${name}.${kind}`)})
    },
    sweepIndexes: (libraryId, keep) => sweepIndexFiles(indexFolder, libraryId, keep),
  }
  return {
    config,
    ports,
    onClose: close => void closers.push(close),
    async [Symbol.asyncDispose]() {
      for (const close of closers.reverse()) await close()
    },
  }
}
