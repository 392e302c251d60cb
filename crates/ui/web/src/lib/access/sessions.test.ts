import { expect, test } from 'vitest';
import { agentName } from './sessions';

test('a browser is named with its system, whatever else it says that it is', () => {
  const on = (system: string, rest: string) => `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) ${rest}`;
  for (const [agent, expected] of [
    [on('X11; Linux x86_64', 'Chrome/131.0.0.0 Safari/537.36'), 'Chrome 131, Linux'],
    [on('Windows NT 10.0; Win64; x64', 'Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0'), 'Edge 131, Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox 128, Linux'],
    [on('Macintosh; Intel Mac OS X 10_15_7', 'Version/17.4 Safari/605.1.15'), 'Safari 17, macOS'],
    [on('Linux; Android 14', 'Chrome/130.0.0.0 Mobile Safari/537.36'), 'Chrome 130, Android'],
    [on('iPhone; CPU iPhone OS 17_5 like Mac OS X', 'CriOS/126.0 Mobile Safari/604.1'), 'Chrome 126, iOS'],
  ] as const) {
    expect(agentName(agent)).toBe(expected);
  }
});

test('a program is named by its first word, and nobody by nothing', () => {
  expect(agentName('curl/8.5.0')).toBe('curl/8.5.0');
  expect(agentName('python-requests/2.32 CPython')).toBe('python-requests/2.32');
  expect(agentName(undefined)).toBe('');
});
