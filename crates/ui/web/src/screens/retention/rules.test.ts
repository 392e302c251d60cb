import { describe, expect, it } from 'vitest';
import { body, decides, fault, type Preview, type Rule, sums } from './rules';

const rule = (more: Partial<Rule>): Rule => ({ id: '1', dataType: '*', maximumAge: 60, ...more });

describe('a rule', () => {
  it('has whole days up to ten years, and at least one year for the audit log', () => {
    expect(fault(rule({ maximumAge: 0 }))).toBe('days');
    expect(fault(rule({ maximumAge: 1.5 }))).toBe('days');
    expect(fault(rule({ dataType: 'AUDIT', maximumAge: 364 }))).toBe('audit');
    expect(fault(rule({ dataType: 'AUDIT', maximumAge: 365 }))).toBeUndefined();
  });
  it('has only filters that its data can be asked for', () => {
    expect(fault(rule({ dataType: 'ALARM', fragmentType: 'x' }))).toBe('filter');
    expect(fault(rule({ dataType: 'ALARM', fragmentType: '*', type: 'x' }))).toBeUndefined();
  });
  it('is sent with a star for every filter that says nothing', () => {
    expect(body(rule({ type: ' ' }))).toEqual({ dataType: '*', fragmentType: '*', type: '*', source: '*', maximumAge: 60 });
  });
});

describe('what decides', () => {
  it('is the strictest rule that means all data of the type', () => {
    const rules = [rule({ maximumAge: 60 }), rule({ id: '2', dataType: 'EVENT', maximumAge: 400 }), rule({ id: '3', type: 'x', maximumAge: 1 })];
    expect(decides(rules, 'EVENT')).toEqual({ days: 60, rules: [rules[0]] });
    expect(decides(rules, 'AUDIT')?.days).toBe(365);
    expect(decides([], 'EVENT')).toBeUndefined();
  });
});

it('a preview is summed up by type', () => {
  const preview: Preview = { time: '', complete: true, rules: [{ removed: { EVENT: 2 } }, { removed: { EVENT: 3, ALARM: 1 } }] };
  expect(sums(preview)).toEqual({ EVENT: 5, ALARM: 1 });
});
