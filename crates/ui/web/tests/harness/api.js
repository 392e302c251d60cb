// The public REST API for tests: makes what a screen shows. It trusts the program's own authority and nothing else.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

/** A client for `{ base, ca }`; `person` is `{ tenant, user, password }`. Calls throw unless the answer is a success. */
export function apiOf(server, person) {
  const agent = new Agent({ ca: readFileSync(server.ca), keepAlive: true, maxSockets: 4 });
  const headers = { accept: 'application/json' };
  if (person) {
    const words = `${person.tenant}/${person.user}:${person.password}`;
    headers.authorization = `Basic ${Buffer.from(words).toString('base64')}`;
  }
  const call = (method, path, body) => send(agent, new URL(path, server.base), method, headers, body);
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    del: (path) => call('DELETE', path),
  };
}

function send(agent, url, method, headers, body) {
  const isForm = body instanceof FormData;
  return new Promise((resolve, reject) => {
    const begin = async () => {
      const own = { ...headers };
      let bytes;
      if (isForm) {
        const form = new Response(body);
        own['content-type'] = form.headers.get('content-type');
        bytes = Buffer.from(await form.arrayBuffer());
      } else if (body !== undefined) {
        own['content-type'] = 'application/json';
        bytes = Buffer.from(JSON.stringify(body));
      }
      if (bytes) own['content-length'] = bytes.length;
      const sent = request(url, { agent, method, headers: own }, (answer) => {
        const pieces = [];
        answer.on('data', (piece) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          if (answer.statusCode >= 300) {
            reject(new Error(`${method} ${url.pathname}: ${answer.statusCode} ${text}`));
          } else resolve(text ? JSON.parse(text) : undefined);
        });
      });
      sent.on('error', reject);
      sent.end(bytes);
    };
    begin().catch(reject);
  });
}
