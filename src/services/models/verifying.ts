import type {FileProblem} from '../../domain/ports/models.js'
import type {Ports} from '../ports.js'

/** Compares the bytes of models with what was installed; all models where none is named. */
export async function verifyModels(
  {models}: Pick<Ports, 'models'>,
  names: string[],
  {signal}: {signal: AbortSignal},
): Promise<{model: string; problems: FileProblem[]}[]> {
  const {models: installed} = await models.installed()
  const chosen = names.length > 0 ? names : installed.map(({manifest}) => manifest.name)
  const verdicts: {model: string; problems: FileProblem[]}[] = []
  for (const model of chosen) verdicts.push({model, problems: await models.verify(model, {signal})})
  return verdicts
}
