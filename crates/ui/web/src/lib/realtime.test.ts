import { beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from './live.svelte';
import { Realtime, wait } from './realtime';

/** A socket that a test plays the platform on. */
class Played {
  static made: Played[] = [];
  readyState = WebSocket.OPEN;
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  sent: Record<string, unknown>[] = [];
  constructor() {
    Played.made.push(this);
  }
  send(text: string) {
    this.sent.push(...(JSON.parse(text) as Record<string, unknown>[]));
  }
  close() {
    this.onclose?.();
  }
  say(...messages: unknown[]) {
    this.onmessage?.({ data: JSON.stringify(messages) });
  }
  channels = () => this.sent.map((one) => [one.channel, one.subscription].filter(Boolean).join(' '));
}
const begin = () => {
  const realtime = new Realtime(() => new Played() as unknown as WebSocket);
  return realtime;
};
const shake = (socket: Played) => {
  socket.onopen?.();
  socket.say({ channel: '/meta/handshake', successful: true, clientId: 'c1' });
};

const confirm = (socket: Played) => socket.say({ channel: '/meta/subscribe', subscription: '/alarms/*', successful: true });

beforeEach(() => {
  Played.made = [];
  vi.useFakeTimers();
});

describe('what is told while it happens', () => {
  it('goes to those who follow its channel until they end', () => {
    const realtime = begin();
    const told: unknown[] = [];
    const end = realtime.keepUp('/alarms/*', (one) => told.push(one), () => {});
    const socket = Played.made[0]!;
    shake(socket);
    expect(socket.channels()).toEqual(['/meta/handshake', '/meta/subscribe /alarms/*', '/meta/connect']);
    expect(live.state).toBe('live');
    // The platform names the object in the channel.
    const notification = { channel: '/alarms/4711', data: { realtimeAction: 'CREATE', data: { id: '1' } } };
    socket.say(notification);
    end();
    socket.say(notification);
    expect(told).toEqual([{ action: 'CREATE', data: { id: '1' } }]);
    expect(socket.channels().at(-1)).toBe('/meta/unsubscribe /alarms/*');
  });

  it('says from when on nothing is missed, once for each who follows', () => {
    const realtime = begin();
    const [first, second] = [vi.fn(), vi.fn()];
    realtime.keepUp('/alarms/*', vi.fn(), first);
    const socket = Played.made[0]!;
    shake(socket);
    expect(first).not.toHaveBeenCalled();
    confirm(socket);
    confirm(socket);
    realtime.keepUp('/alarms/*', vi.fn(), second);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
  });

  it('says so again to all after the connection was lost, and not before the platform tells again', () => {
    const realtime = begin();
    const [first, second, ended] = [vi.fn(), vi.fn(), vi.fn()];
    realtime.keepUp('/alarms/*', vi.fn(), first);
    shake(Played.made[0]!);
    confirm(Played.made[0]!);
    realtime.keepUp('/alarms/*', vi.fn(), second);
    realtime.keepUp('/alarms/*', vi.fn(), ended)();
    Played.made[0]!.close();
    vi.advanceTimersByTime(60_000);
    shake(Played.made[1]!);
    // What was asked now could miss what happens until the platform has subscribed.
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
    confirm(Played.made[1]!);
    expect([first, second, ended].map((one) => one.mock.calls.length)).toEqual([2, 1, 0]);
  });

  it('is not believed before the platform has confirmed it, nor when it refuses', () => {
    const realtime = begin();
    const [first, second, refused] = [vi.fn(), vi.fn(), vi.fn()];
    realtime.keepUp('/alarms/*', vi.fn(), first);
    realtime.keepUp('/alarms/*', vi.fn(), second);
    realtime.keepUp('/events/*', vi.fn(), refused);
    const socket = Played.made[0]!;
    shake(socket);
    socket.say({ channel: '/meta/subscribe', subscription: '/events/*', successful: false });
    socket.say({ channel: '/meta/subscribe', subscription: '/alarms/*', successful: true });
    expect([first, second, refused].map((one) => one.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it('is asked for anew when the platform was silent for too long', () => {
    const realtime = begin();
    realtime.keepUp('/alarms/*', () => {}, () => {});
    const socket = Played.made[0]!;
    shake(socket);
    vi.advanceTimersByTime(60_000);
    socket.say({ channel: '/meta/connect', successful: true });
    vi.advanceTimersByTime(60_000);
    expect(Played.made).toHaveLength(1);
    socket.close = () => {};
    vi.advanceTimersByTime(60_000);
    expect(Played.made).toHaveLength(2);
  });

  it('goes on when somebody signs in again above the page', () => {
    const realtime = begin();
    const missed = vi.fn();
    realtime.keepUp('/alarms/*', () => {}, missed);
    shake(Played.made[0]!);
    realtime.close();
    realtime.resume();
    shake(Played.made[1]!);
    expect(Played.made[1]!.channels()).toContain('/meta/subscribe /alarms/*');
    confirm(Played.made[1]!);
    expect(missed).toHaveBeenCalledOnce();
  });

  it('goes on after the connection was lost, and those who want to know are told', () => {
    const realtime = begin();
    const missed = vi.fn();
    realtime.keepUp('/alarms/*', () => {}, missed);
    shake(Played.made[0]!);
    Played.made[0]!.close();
    expect(live.state).toBe('lost');
    vi.advanceTimersByTime(60_000);
    shake(Played.made[1]!);
    expect(Played.made[1]!.channels()).toContain('/meta/subscribe /alarms/*');
    confirm(Played.made[1]!);
    expect(missed).toHaveBeenCalledOnce();
  });

  it('is made anew at once when the network is back, though the old one looks alive', () => {
    const realtime = begin();
    const missed = vi.fn();
    realtime.renew();
    expect(Played.made).toHaveLength(0);
    realtime.keepUp('/alarms/*', () => {}, missed);
    shake(Played.made[0]!);
    realtime.renew();
    shake(Played.made[1]!);
    expect(Played.made).toHaveLength(2);
    expect(Played.made[1]!.channels()).toContain('/meta/subscribe /alarms/*');
    confirm(Played.made[1]!);
    expect(missed).toHaveBeenCalledOnce();
  });

  it('ends with the session', () => {
    const realtime = begin();
    realtime.keepUp('/alarms/*', () => {}, () => {});
    shake(Played.made[0]!);
    realtime.close();
    vi.advanceTimersByTime(120_000);
    expect(Played.made).toHaveLength(1);
    expect(live.state).toBe('off');
  });

  it('is asked for again after longer and longer, and never all at once', () => {
    expect(wait(0, 0)).toBe(500);
    expect(wait(0, 1)).toBe(1000);
    expect(wait(3, 0.5)).toBe(6000);
    expect(wait(50, 1)).toBe(30_000);
  });
});
