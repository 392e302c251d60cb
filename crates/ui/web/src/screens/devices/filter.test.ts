import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../ui/filter';
import { deviceQuery, groupNames } from './filter';

const groups = new Map([['Nord', ['7', '8']]]);
const query = (text: string) => deviceQuery(parseFilter(text), undefined, groups);

describe('the filter of the device list', () => {
  it('is a query over devices only', () => {
    expect(query('')).toBe('$filter=(has(c8y_IsDevice)) $orderby=name asc');
    expect(query('type:c8y_Truck|c8y_Van fw<2.3')).toBe(
      "$filter=(has(c8y_IsDevice) and (type eq 'c8y_Truck' or type eq 'c8y_Van') and c8y_Firmware.version lt '2.3') $orderby=name asc",
    );
  });

  it('finds groups by name and takes ids as they are', () => {
    expect(query('group:Nord')).toContain('(bygroupid(7) or bygroupid(8))');
    expect(query('group:42')).toContain('bygroupid(42)');
    expect(query('group:Sued')).toContain("id eq '0'");
    expect(groupNames(parseFilter('name:Ost group:Nord|42 -group:"Sued West"'))).toEqual(['Nord', 'Sued West']);
  });

  it('cannot be broken out of by a value', () => {
    for (const text of ["name:x')or(id", `name:"a' or has(b)"`, 'has:a)or(b', 'status:x', "a'b:c"]) {
      const made = query(text);
      const outside = made.replaceAll(/'(?:[^']|'')*'/g, "''");
      expect(outside, text).not.toMatch(/has\(b\)|\)or\(|or\(id/);
    }
  });

  it('can exclude', () => {
    expect(query('-status:offline')).toMatch(/and not \(\(c8y_Availability.status eq 'UNAVAILABLE'/);
  });
});

it('words that every object has are no states, fields or columns', () => {
  const query = deviceQuery(parseFilter('status:constructor'), { column: 'constructor', down: false });
  expect(query).toBe("$filter=(has(c8y_IsDevice) and id eq '0') $orderby=name asc");
  expect(deviceQuery(parseFilter('toString:x'))).toContain("toString eq 'x'");
});
