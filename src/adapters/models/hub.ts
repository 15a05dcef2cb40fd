import type {EnvHttpProxyAgent, RequestInit, Response} from 'undici'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {ModelFile, ModelManifest} from '../../domain/models.js'

/** How the server of models is reached. */
export interface HubConfig {
  url: string
  offline: boolean
  proxy: {http: string | undefined; https: string | undefined; except: string | undefined}
}

/** What a server says of a file before it is read. */
export interface Announced {
  sizeBytes: number | null
  sha256: string | null
}

/** A server with the addresses of huggingface.co, or the thing itself. */
export interface Hub {
  address(source: NonNullable<ModelManifest['source']>, file: ModelFile): string
  /** The page that tells people of a model. */
  page(source: NonNullable<ModelManifest['source']>): string
  /** Rejects with `DOWNLOAD_FAILED` where the server cannot be reached; every answer is one. */
  get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response>
  announced(url: string, signal: AbortSignal): Promise<Announced>
  close(): Promise<void>
}

/** A server that says nothing for so long is gone. */
const SILENCE_MS = 60_000

/** Opens nothing, and loads nothing: the first request does. */
export function openHub({url, offline, proxy}: HubConfig): Hub {
  let agent: EnvHttpProxyAgent | undefined

  async function request(address: string, init: RequestInit): Promise<Response> {
    if (offline) {
      throw new MediaForgeError('MODEL_MISSING', `${address} would have to be asked, and the network is switched off`, {
        hint: 'run it again without --offline, and without MEDIAFORGE_OFFLINE or `offline` in config.json',
      })
    }
    try {
      const undici = await import('undici')
      agent ??= new undici.EnvHttpProxyAgent({
        ...(proxy.http === undefined ? {} : {httpProxy: proxy.http}),
        ...(proxy.https === undefined ? {} : {httpsProxy: proxy.https}),
        ...(proxy.except === undefined ? {} : {noProxy: proxy.except}),
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
      })
      const response = await undici.fetch(address, {...init, dispatcher: agent})
      if (address.startsWith('https:') && response.url.startsWith('http:')) {
        throw new MediaForgeError('DOWNLOAD_FAILED', `${address} leads to an address without encryption`)
      }
      return response
    } catch (error) {
      if (error instanceof MediaForgeError) throw error
      if (init.signal?.aborted === true) throw new MediaForgeError('CANCELLED', 'interrupted', {cause: error})
      throw unreachable(address, error)
    }
  }

  return {
    address: ({repository, revision}, {path}) => `${url}/${repository}/resolve/${revision}/${path}`,
    page: ({repository, revision}) => `${url}/${repository}/tree/${revision}`,
    // Packed on the way, a file would have another size than the one that is announced.
    get: (address, headers, signal) => request(address, {headers: {'accept-encoding': 'identity', ...headers}, signal}),

    async announced(address, signal) {
      // The hub's own answer says it; the store that it leads to does not.
      const response = await request(address, {method: 'HEAD', redirect: 'manual', signal})
      const size = response.headers.get('x-linked-size') ?? (response.ok ? response.headers.get('content-length') : null)
      const tag = response.headers.get('x-linked-etag') ?? response.headers.get('etag')
      return {
        sizeBytes: size === null ? null : Number(size),
        sha256: /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(tag ?? '')?.[1] ?? null,
      }
    },

    close: async () => agent?.destroy(),
  }
}

export function unreachable(address: string, error: unknown): MediaForgeError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return new MediaForgeError('DOWNLOAD_FAILED', `${address} cannot be reached: ${messageOf(cause)}`, {
    hint: 'run the command again: it goes on where it stopped. Behind a proxy set HTTPS_PROXY; for another server set HF_ENDPOINT',
    cause: error,
  })
}
