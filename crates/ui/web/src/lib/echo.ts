// A call as text that people can run themselves. It knows no credentials: the texts say where to put one's own.

import { type Call, search } from './api';

export type Manner = 'curl' | 'c8y' | 'js';

const shell = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The call for a shell, for go-c8y-cli, or for a page's script. */
export function echo(call: Call, manner: Manner, origin: string): string {
  const target = call.path + search(call.query);
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  if (manner === 'curl') {
    const parts = ['curl', '-u', shell('TENANT/USER'), '-X', call.method, shell(origin + target)];
    parts.push('-H', shell('Accept: application/json'));
    if (body !== undefined) parts.push('-H', shell('Content-Type: application/json'), '-d', shell(body));
    return parts.join(' ');
  }
  if (manner === 'c8y') {
    const parts = ['c8y', 'api', call.method, shell(target)];
    if (body !== undefined) parts.push('--data', shell(body));
    return parts.join(' ');
  }
  const init: string[] = [`method: '${call.method}'`];
  if (body === undefined) {
    init.push(`headers: { Authorization: token }`);
  } else {
    init.push(`headers: { Authorization: token, 'Content-Type': 'application/json' }`, `body: JSON.stringify(${body})`);
  }
  return `await fetch(${JSON.stringify(origin + target)}, { ${init.join(', ')} })`;
}
