import type {LlamaModel, Token} from 'node-llama-cpp'

/** A text's vector as llama.cpp pools it for this model. The context for it is opened for one text: it takes as much memory as the other one. */
export async function embedTokens(
  model: LlamaModel,
  tokens: Token[],
  {contextTokens, threads}: {contextTokens: number; threads: number},
): Promise<Float32Array> {
  const context = await model.createEmbeddingContext({contextSize: contextTokens, threads})
  try {
    const {vector} = await context.getEmbeddingFor(tokens)
    return Float32Array.from(vector)
  } finally {
    await context.dispose()
  }
}
