// What happens, told while it happens (Bayeux 1.0 over one WebSocket). Whoever follows a channel is told again after the
// connection was lost and came back; what happened in between is asked for by the screen (`missed`). It knows no screens.

import { live } from './live.svelte';

export interface Notification<T = unknown> {
  action: 'CREATE' | 'UPDATE' | 'DELETE';
  data: T;
}
type Listener = (told: Notification) => void;
interface Follower {
  listener: Listener;
  missed: () => void;
}

interface Message {
  channel: string;
  id?: string;
  clientId?: string;
  subscription?: string;
  successful?: boolean;
  error?: string;
  data?: { realtimeAction?: string; data?: unknown };
  advice?: { reconnect?: string };
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** The platform answers a connect within a minute, even if there is nothing to tell: silent for longer, it is lost. */
const SILENT_MS = 100_000;

/** How long to wait before the next attempt: longer each time, and not all browsers at once. */
export function wait(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return longest / 2 + (longest / 2) * random;
}

export class Realtime {
  #followers = new Map<string, Set<Follower>>();
  #socket: WebSocket | undefined;
  #client: string | undefined;
  #number = 0;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Channels that the platform has said it tells about. */
  #confirmed = new Set<string>();
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly open: () => WebSocket) {}

  /** Follows a channel (`/alarms/*`, `/managedobjects/4711`) until the returned function is called. `missed` is told whenever
      something may have been missed: each time that the platform has begun to tell, at first and after the connection was
      lost. What was asked before that may be older. */
  keepUp(channel: string, listener: Listener, missed: () => void): () => void {
    const follower = { listener, missed };
    const known = this.#followers.get(channel);
    if (known) {
      // If it is told already, nothing is missed by what is asked from now on.
      known.add(follower);
    } else {
      this.#followers.set(channel, new Set([follower]));
      this.#send({ channel: '/meta/subscribe', subscription: channel });
    }
    if (!this.#socket && this.#timer === undefined) this.#connect();
    return () => {
      const followers = this.#followers.get(channel);
      if (!followers?.delete(follower) || followers.size > 0) return;
      this.#followers.delete(channel);
      this.#confirmed.delete(channel);
      this.#send({ channel: '/meta/unsubscribe', subscription: channel });
    };
  }

  /** Begins again after `close`, if something is still followed. */
  resume(): void {
    if (this.#followers.size > 0 && !this.#socket && this.#timer === undefined) this.#connect();
  }

  /** The network was away: what looks like a connection may be none. It is made anew at once. */
  renew(): void {
    if (this.#followers.size === 0) return;
    this.close();
    this.#connect();
  }

  /** Ends the connection, until something is followed or it is resumed. */
  close(): void {
    clearTimeout(this.#timer);
    this.#ended();
    this.#timer = undefined;
    this.#attempts = 0;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#client = undefined;
    socket?.close();
    live.state = 'off';
  }

  #connect(): void {
    live.state = 'connecting';
    const socket = this.open();
    this.#socket = socket;
    socket.onopen = () =>
      this.#send({
        channel: '/meta/handshake',
        version: '1.0',
        minimumVersion: '1.0',
        supportedConnectionTypes: ['websocket'],
      });
    socket.onmessage = (event) => {
      if (this.#socket !== socket) return;
      this.#heard(socket);
      for (const message of JSON.parse(String(event.data)) as Message[]) this.#take(message);
    };
    this.#heard(socket);
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#ended();
      this.#socket = undefined;
      this.#client = undefined;
      live.state = 'lost';
      if (this.#followers.size === 0) return;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#connect();
      }, wait(this.#attempts, Math.random()));
      this.#attempts += 1;
    };
  }

  /** A connection that is cut without a word (a sleeping computer, a lost network) is never closed by the browser. */
  #heard(socket: WebSocket): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (this.#socket !== socket) return;
      const lost = socket.onclose;
      socket.onclose = null;
      socket.close();
      lost?.call(socket, new CloseEvent('close'));
    }, SILENT_MS);
  }
  #ended(): void {
    clearTimeout(this.#silence);
    this.#confirmed.clear();
  }

  #take(message: Message): void {
    if (message.channel === '/meta/handshake') {
      if (!message.successful || !message.clientId) return this.#socket?.close();
      this.#client = message.clientId;
      this.#attempts = 0;
      live.state = 'live';
      for (const channel of this.#followers.keys()) this.#send({ channel: '/meta/subscribe', subscription: channel });
      this.#send({ channel: '/meta/connect', connectionType: 'websocket' });
    } else if (message.channel === '/meta/subscribe') {
      // Refused, nothing is told, and nobody is told that it were.
      if (message.successful && message.subscription) this.#begun(message.subscription);
    } else if (message.channel === '/meta/connect') {
      if (message.successful) this.#send({ channel: '/meta/connect', connectionType: 'websocket' });
      else this.#socket?.close();
    } else if (!message.channel.startsWith('/meta/') && message.data) {
      const told = { action: message.data.realtimeAction, data: message.data.data } as Notification;
      // What is told names its object; who follows them all is told of each.
      const all = message.channel.replace(/[^/]*$/, '*');
      for (const channel of new Set([message.channel, all])) {
        for (const { listener } of this.#followers.get(channel) ?? []) listener(told);
      }
    }
  }

  /** The platform tells about a channel from now on. */
  #begun(channel: string): void {
    const followers = this.#followers.get(channel);
    if (!followers || this.#confirmed.has(channel)) return;
    this.#confirmed.add(channel);
    for (const { missed } of followers) missed();
  }

  #send(message: Record<string, unknown>): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    if (message.channel !== '/meta/handshake' && !this.#client) return;
    this.#number += 1;
    this.#socket.send(JSON.stringify([{ id: String(this.#number), clientId: this.#client, ...message }]));
  }
}

/** The connection of this page. */
export const realtime = new Realtime(
  () => new WebSocket(`${location.protocol === 'http:' ? 'ws' : 'wss'}://${location.host}/notification/realtime`),
);
