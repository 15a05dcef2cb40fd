import {readFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import type {io} from '@tensorflow/tfjs-core'
import type {GraphModel} from '@tensorflow/tfjs-converter'
import {converter} from './tensorflow.js'

/** The folder of a package's main file, from which its data files are reached. */
export function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(name))
}

interface ModelFile {
  modelTopology: object
  weightsManifest: {paths: string[]; weights: io.WeightsManifestEntry[]}[]
}

/** Reads a TensorFlow.js graph model (a JSON file and its weight shards) from a folder: nothing is fetched. */
export async function loadModel(folder: string, file: string): Promise<GraphModel> {
  const {modelTopology, weightsManifest} = JSON.parse(await readFile(join(folder, file), 'utf8')) as ModelFile
  const shards = await Promise.all(weightsManifest.flatMap(group => group.paths).map(path => readFile(join(folder, path))))
  const weights = Buffer.concat(shards)
  return converter.loadGraphModel({
    load: () =>
      Promise.resolve({
        modelTopology,
        weightSpecs: weightsManifest.flatMap(group => group.weights),
        weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
      }),
  })
}
