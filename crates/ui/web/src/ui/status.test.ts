import { describe, expect, it } from 'vitest';
import { stateOf } from './status';

describe('the state of a device', () => {
  it('is one word', () => {
    const lastMessage = '2026-11-22T01:00:00Z';
    expect(stateOf({})).toBe('unknown');
    expect(stateOf({ c8y_Availability: { status: 'AVAILABLE' } })).toBe('never');
    expect(stateOf({ c8y_Availability: { status: 'AVAILABLE', lastMessage } })).toBe('online');
    expect(stateOf({ c8y_Availability: { status: 'UNAVAILABLE', lastMessage } })).toBe('offline');
    expect(stateOf({ c8y_Availability: { status: 'MAINTENANCE', lastMessage } })).toBe('maintenance');
    expect(stateOf({ c8y_Availability: { status: 'AVAILABLE', lastMessage }, holdfast_Disconnected: {} })).toBe('out');
  });
});
