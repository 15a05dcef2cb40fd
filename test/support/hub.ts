import {createHash} from 'node:crypto'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {connect, type AddressInfo} from 'node:net'

/** What the server does instead of answering a request for a file as it should; tried in order, one a request. */
export type Misbehaviour =
  /** Ends the connection after so many bytes of the answer. */
  | {dropAfter: number}
  /** Sends so many bytes, and no more for as long as somebody listens. */
  | {stallAfter: number}
  /** Answers once this has come true. */
  | {once: Promise<void>}
  | {status: number; headers?: Record<string, string>}
  /** Answers with other bytes, or more of them. */
  | {bytes: Buffer}
  | {redirectTo: string}

export interface Hub extends AsyncDisposable {
  url: string
  /** What was asked, in order: `GET /owner/name/resolve/main/file bytes=5-`. */
  requests: string[]
  /** Hosts that it was asked to be a proxy for. */
  connects: string[]
  files: Map<string, Buffer>
  /** By path. */
  misbehave: Map<string, Misbehaviour[]>
}

/** A server on loopback with the addresses and headers of huggingface.co: `/owner/name/resolve/revision/path`. */
export async function openHub(files: Record<string, Buffer>): Promise<Hub> {
  const hub = {
    requests: [] as string[],
    connects: [] as string[],
    files: new Map(Object.entries(files)),
    misbehave: new Map<string, Misbehaviour[]>(),
  }
  const server = createServer((request, response) => answer(request, response, hub))
  // As a proxy it tunnels to itself, whatever host is asked for.
  server.on('connect', ({url}, socket) => {
    hub.connects.push(url ?? '')
    const own = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      own.pipe(socket)
      socket.pipe(own)
    })
    for (const end of [own, socket]) end.on('error', () => [own, socket].forEach(other => other.destroy()))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    ...hub,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function answer(
  {method = '', url = '', headers}: IncomingMessage,
  response: ServerResponse,
  {requests, files, misbehave}: Pick<Hub, 'requests' | 'files' | 'misbehave'>,
): void {
  requests.push([method, url, headers.range].filter(Boolean).join(' '))
  const path = url.replace(/^\/[^/]+\/[^/]+\/resolve\/[^/]+\//, '')
  const bad = method === 'GET' ? misbehave.get(path)?.shift() : undefined
  if (bad !== undefined && 'once' in bad) {
    const again = {method, url, headers} as IncomingMessage
    return void bad.once.then(() => answer(again, response, {requests: [], files, misbehave}))
  }
  const bytes = bad !== undefined && 'bytes' in bad ? bad.bytes : files.get(path)
  if (bad !== undefined && 'status' in bad) return void response.writeHead(bad.status, bad.headers).end()
  if (bad !== undefined && 'redirectTo' in bad) return void response.writeHead(302, {location: bad.redirectTo}).end()
  if (bytes === undefined) return void response.writeHead(404).end()
  const etag = `"${createHash('sha256')
    .update(files.get(path) ?? bytes)
    .digest('hex')}"`
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  if (from >= bytes.length && from > 0) return void response.writeHead(416, {'content-range': `bytes */${bytes.length}`}).end()
  const body = bytes.subarray(from)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': body.length,
    'x-linked-size': bytes.length,
    'x-linked-etag': etag,
    etag,
    ...(from > 0 ? {'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`} : {}),
  })
  if (method === 'HEAD') return void response.end()
  if (bad !== undefined && 'stallAfter' in bad) return void response.write(body.subarray(0, bad.stallAfter))
  if (bad === undefined || !('dropAfter' in bad)) return void response.end(body)
  // Whoever reads late, on a busy machine, loses what a broken connection has brought.
  response.write(body.subarray(0, bad.dropAfter), () => setTimeout(() => response.socket?.end(), 400))
}
