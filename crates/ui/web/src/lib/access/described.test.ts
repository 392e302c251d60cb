import { expect, it } from 'vitest';
import { speak } from '../i18n.svelte';
import { described } from './described';

it('what every tenant begins with is described in the language of the reader, what people wrote as they wrote it', async () => {
  expect(described({ description: 'Restarts devices' })).toBe('Restarts devices');
  await speak('de');
  expect(described({ description: 'Restarts devices' })).toBe('Startet Geräte neu');
  expect(described({ description: 'Restarts devices of Ost' })).toBe('Restarts devices of Ost');
  expect(described({})).toBe('');
  await speak('en');
});
