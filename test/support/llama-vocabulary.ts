import {getLlama, LlamaLogLevel, type Llama, type LlamaModel} from 'node-llama-cpp'

let llama: Promise<Llama> | undefined

/** The vocabulary of a GGUF as llama.cpp reads it. */
export async function openLlamaCpp(path: string): Promise<LlamaModel> {
  llama ??= getLlama({gpu: false, build: 'never', logLevel: LlamaLogLevel.disabled, progressLogs: false})
  return (await llama).loadModel({modelPath: path, vocabOnly: true})
}
