import { afterEach, beforeEach, expect, it } from 'vitest';
import { speak } from '../i18n.svelte';
import type { AuditRecord } from './source';
import { activityOf, detailsOf, typeWords } from './words';

const record = (over: Partial<AuditRecord>): AuditRecord => ({ id: '1', type: 'Inventory', activity: 'Managed object updated', text: 'Managed object updated', ...over });
beforeEach(() => speak('de'));
afterEach(() => speak('en'));

it('what the platform did is said in the reader’s language', () => {
  expect(activityOf(record({}))).toBe('Objekt geändert');
  expect(typeWords('Inventory')).toBe('Bestand');
});

it('what a client wrote, and what has no words, is shown as it was written', () => {
  expect(activityOf(record({ holdfast_Audit: { origin: 'client' } }))).toBe('Managed object updated');
  expect(activityOf(record({ activity: 'Something new' }))).toBe('Something new');
  expect([typeWords('my_Type'), typeWords('constructor')]).toEqual(['my_Type', 'constructor']);
});

it('details say nothing twice, and of data that came in how much it was', () => {
  expect(detailsOf(record({}))).toBe('');
  expect(detailsOf(record({ type: 'Telemetry', text: 'measurement_create', holdfast_Audit: { count: 2 } }))).toBe('Messwerte: 2');
  expect(detailsOf(record({ text: 'name changed', holdfast_Audit: { count: 3 } }))).toBe('name changed · 3 Vorgänge');
});
