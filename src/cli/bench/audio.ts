import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {classListener} from '../../services/listening.js'
import type {Ports} from '../../services/ports.js'
import {compose} from '../compose.js'
import {alone, type BenchResult} from './measure.js'
import type {BenchContext} from './suites.js'

const DEPTH = 3

/** The classes of AudioSet that are a sound people label, and the rest of its family: what has the same parent in AudioSet's ontology. */
const FAMILIES: Readonly<Record<string, {classes: readonly string[]; family: readonly string[]}>> = {
  'dog bark': {classes: ['Dog', 'Bark', 'Bow-wow'], family: ['Yip', 'Howl', 'Growling', 'Whimper (dog)']},
  rain: {classes: ['Rain', 'Raindrop', 'Rain on surface'], family: ['Stream', 'Waterfall', 'Ocean', 'Waves, surf', 'Gurgling']},
  'sea waves': {
    classes: ['Ocean', 'Waves, surf'],
    family: ['Rain', 'Raindrop', 'Rain on surface', 'Stream', 'Waterfall', 'Gurgling'],
  },
  'baby cry': {classes: ['Baby cry, infant cry'], family: ['Crying, sobbing', 'Whimper', 'Wail, moan']},
  'clock tick': {classes: ['Clock', 'Tick', 'Tick-tock'], family: ['Alarm clock']},
  'person sneeze': {classes: ['Sneeze'], family: ['Cough', 'Throat clearing', 'Sniff', 'Breathing', 'Gasp', 'Snort']},
  helicopter: {
    classes: ['Helicopter'],
    family: ['Aircraft', 'Aircraft engine', 'Propeller, airscrew', 'Fixed-wing aircraft, airplane'],
  },
  chainsaw: {
    classes: ['Chainsaw'],
    family: [
      'Light engine (high frequency)',
      'Lawn mower',
      'Medium engine (mid frequency)',
      'Accelerating, revving, vroom',
      'Idling',
    ],
  },
  rooster: {classes: ['Chicken, rooster', 'Crowing, cock-a-doodle-doo'], family: ['Fowl', 'Cluck', 'Turkey', 'Duck', 'Goose']},
  'fire crackling': {classes: ['Fire', 'Crackle'], family: []},
}

const LabelsSchema = v.array(v.object({file: v.string(), sound: v.string()}))

/** How often the right class, or one of its family, is among the first that are heard in clips which people labelled. */
export async function* audioSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {config, folder, media, signal, note} = context
  await using session = await compose({...config, dataDir: folder, cacheDir: folder})
  if ((await session.ports.soundClassifier()) === null) {
    note('audio.top3 needs a classifier of sounds: mediaforge models pull yamnet')
    return
  }
  let clips = 0
  let families = 0
  let classes = 0
  for (const source of media) {
    for (const {file, sound} of await readSounds(source)) {
      const truth = FAMILIES[sound]
      if (truth === undefined) {
        note(`${file}: no class of AudioSet is known for '${sound}'`)
        continue
      }
      const heard = await firstClasses(session.ports, join(source, file), signal)
      clips++
      if (heard.some(label => truth.classes.includes(label))) classes++
      if (heard.some(label => truth.classes.includes(label) || truth.family.includes(label))) families++
    }
  }
  if (clips === 0) {
    note('audio.top3 needs labelled sounds: --media DIR with labels.json, [{"file": "a.ogg", "sound": "dog bark"}]')
    return
  }
  yield alone('audio.top3', families / clips, `share of ${clips} clips, class family`)
  yield alone('audio.top3Class', classes / clips, `share of ${clips} clips, class itself`)
}

async function readSounds(folder: string): Promise<v.InferOutput<typeof LabelsSchema>> {
  const text = await readFile(join(folder, 'labels.json'), 'utf8').catch(() => '[]')
  const labels = v.safeParse(LabelsSchema, JSON.parse(text))
  return labels.success ? labels.output : []
}

async function firstClasses({soundTools, soundClassifier}: Ports, path: string, signal: AbortSignal): Promise<string[]> {
  const classifier = await soundClassifier()
  if (classifier === null) return []
  const listener = classListener(classifier, true, {signal})
  await soundTools.decode(path, samples => listener.push(samples), {signal})
  const {ranked} = await listener.finish()
  return ranked.slice(0, DEPTH).map(({label}) => label)
}
