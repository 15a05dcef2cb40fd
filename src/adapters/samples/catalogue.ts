import {scenes} from './scenes.js'

/** Where and when a sample says it was made. */
interface Origin {
  name: string
  shows: string
  /** ISO local time; also the file's own time, for those that carry no date inside. */
  at: string
  /** Latitude and longitude, north and east. */
  place?: readonly [number, number]
}

export interface PictureSample extends Origin {
  svg: string
  /** Phones and messengers send pictures around without a word about when and where. */
  bare?: true
}

export interface SoundSample extends Origin {
  /** What ffmpeg's sound generator computes, see its `lavfi` device. */
  source: string
  title: string
  artist: string
  genre: string
}

/** Camera names on purpose: what is found is found by what can be seen. */
export const PICTURES: readonly PictureSample[] = [
  {name: 'IMG_0041.jpg', shows: 'a stop sign', svg: scenes.stopSign, at: '2019-07-06T11:20:00', place: [36.17, -115.14]},
  {name: 'IMG_0107.jpg', shows: 'a clock', svg: scenes.clock, at: '2020-01-12T10:10:00', place: [46.95, 7.45]},
  {name: 'IMG_0253.jpg', shows: 'oranges', svg: scenes.oranges, at: '2021-03-02T08:45:00', place: [37.39, -5.99]},
  {name: 'IMG_0388.jpg', shows: 'a kite', svg: scenes.kite, at: '2021-10-09T15:30:00', place: [55.46, 8.44]},
  {name: 'IMG_0412.jpg', shows: 'an umbrella', svg: scenes.umbrella, at: '2022-11-19T17:05:00', place: [51.51, -0.13]},
  {name: 'IMG_0570.jpg', shows: 'a traffic light', svg: scenes.trafficLight, at: '2023-02-14T22:40:00', place: [52.52, 13.4]},
  {name: 'IMG-20230914-WA0003.webp', shows: 'a laptop and a clock', svg: scenes.desk, at: '2023-09-14T09:15:00', bare: true},
  {name: 'IMG_0731.png', shows: 'flowers in a vase', svg: scenes.vase, at: '2024-05-12T12:00:00', bare: true},
]

export const VIDEO: Origin = {
  name: 'VID_0012.mp4',
  shows: 'an airplane',
  at: '2022-06-18T18:30:00',
  place: [45.44, 10.99],
}

export const SOUNDS: readonly SoundSample[] = [
  {
    name: 'track01.flac',
    shows: 'bells',
    at: '2018-12-24T18:00:00',
    source: `aevalsrc=${bells([523.25, 659.25, 783.99, 1046.5])}:s=44100:d=6`,
    title: 'Evening Bells',
    artist: 'The Sine Waves',
    genre: 'Classical',
  },
  {
    name: 'track02.m4a',
    shows: 'rain',
    at: '2020-08-30T06:00:00',
    source: 'anoisesrc=c=pink:r=44100:a=0.4:d=6:seed=7',
    title: 'Summer Rain',
    artist: 'The White Noises',
    genre: 'Ambient',
  },
]

/** One note a second, each with a ring that fades. */
function bells(frequencies: readonly number[]): string {
  const notes = frequencies.map((hertz, i) => {
    const since = `max(t-${i}\\,0)`
    return `0.2*gte(t\\,${i})*exp(-1.6*${since})*(sin(${hertz}*2*PI*t)+0.4*sin(${hertz * 2.76}*2*PI*t))`
  })
  return notes.join('+')
}
