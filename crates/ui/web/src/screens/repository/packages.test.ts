import { expect, it } from 'vitest';
import { newPackage, newVersion, sha256Of, versionOf } from './packages';

it('the checksum is that of the whole file (FIPS 180-4)', async () => {
  expect(await sha256Of(new Blob(['abc']))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('a version says where its file is and what it must come to', () => {
  const made = newVersion('firmware', '2.0', '/inventory/binaries/7', 'ab');
  expect(made).toEqual({
    type: 'c8y_FirmwareBinary',
    c8y_Global: {},
    c8y_Firmware: { version: '2.0', url: '/inventory/binaries/7' },
    holdfast_Sha256: 'ab',
  });
  expect(versionOf('firmware', { id: '1', c8y_Firmware: { version: '2.0' } })).toBe('2.0');
  expect(versionOf('software', { id: '1' })).toBe('–');
});

it('a package is offered to devices of its type only if one is named', () => {
  expect(newPackage('software', 'agent', '')).not.toHaveProperty('c8y_Filter');
  expect(newPackage('software', 'agent', 'pump')).toHaveProperty('c8y_Filter', { type: 'pump' });
});
