// The one way to the platform: its public REST API with the session's cookie. It knows headers, addresses and errors,
// and nothing of what is asked.

/** A call, as it is made and as it can be shown to people ("copy as curl"). */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
}

/** Parts of a query; what is undefined or empty is left out, lists are repeated. */
export type Query = Record<string, string | number | boolean | undefined | null | readonly string[]>;

export interface Options {
  query?: Query;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** It asks who is signed in: the answer is awaited by whatever else is asked meanwhile. */
  asksWho?: boolean;
}

/** Why a call did not do what it should. */
export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 if the platform could not be reached. */
    readonly status: number,
    /** `inventory/Not Found`. */
    readonly kind: string,
    message: string,
    /** After how many seconds it may be tried again. */
    readonly retryAfterSeconds?: number,
    /** Under which id the operator finds it in the log. */
    readonly faultId?: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The platform was not reached at all. */
  get offline(): boolean {
    return this.status === 0;
  }
}

/** Told about every answer, or that none came. Set by the parts that show the session and the connection. */
export const watchers = {
  signedOut: () => {},
  reached: () => {},
  unreachable: () => {},
  /** Another tab has signed in: finds out as whom. */
  otherSession: async () => {},
};

let known: string | undefined;
/** For which session the page is; the cookie with it may become another one, by another tab. */
export function belongsTo(cookie: string | undefined): void {
  known = cookie;
}

/** A path with every part encoded: path`/inventory/managedObjects/${id}`. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((whole, part, at) => whole + encodeURIComponent(String(values[at - 1])) + part);
}

/** A query as text, with `?` before it, or nothing. */
export function search(query: Query | undefined): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) all.append(name, String(one));
  }
  const text = all.toString().replaceAll('+', '%20');
  return text && `?${text}`;
}

/** The value that a changing request must repeat, so that no other site can cause it. */
export function repeated(cookies: string): string | undefined {
  const found = cookies.split('; ').find((cookie) => cookie.startsWith('XSRF-TOKEN='));
  return found?.slice('XSRF-TOKEN='.length) || undefined;
}

/** Makes a call and hands out the answer as it is. Throws `ApiError`, or what the signal says. */
export async function request(call: Call, options: Options = {}): Promise<Response> {
  const headers = new Headers({ accept: 'application/json', usexbasic: 'true', ...options.headers });
  let xsrf = repeated(document.cookie);
  if (known && xsrf && xsrf !== known && !options.asksWho) {
    await watchers.otherSession();
    xsrf = repeated(document.cookie);
    // Nothing is asked or written as somebody whom the page does not show.
    if (known && xsrf !== known) throw new ApiError(503, 'console/Other Session', '');
    options.signal?.throwIfAborted();
  }
  if (xsrf) headers.set('x-xsrf-token', xsrf);
  const init: RequestInit = { method: call.method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.signal) init.signal = options.signal;
  if (call.body instanceof Blob || call.body instanceof FormData || call.body instanceof URLSearchParams) {
    init.body = call.body;
  } else if (call.body !== undefined) {
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    init.body = typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
  }
  let answer: Response;
  try {
    answer = await fetch(call.path + search({ ...call.query, ...options.query }), init);
  } catch (reason) {
    if (options.signal?.aborted) throw reason;
    watchers.unreachable();
    throw new ApiError(0, 'connection', '');
  }
  watchers.reached();
  if (answer.ok) return answer;
  const error = await problem(answer);
  if (answer.status === 401 && !call.path.startsWith('/tenant/oauth')) watchers.signedOut();
  throw error;
}

/** The error of an answer, whatever its body is. */
export async function problem(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => undefined);
  const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const message = typeof told.message === 'string' ? told.message : '';
  const kind = typeof told.error === 'string' ? told.error : '';
  const wait = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const fault = /Tell the operator this id: (\S+)/.exec(message)?.[1];
  return new ApiError(answer.status, kind, message, Number.isFinite(wait) ? wait : undefined, fault);
}

/** Makes a call and reads its JSON; undefined if there is none. */
export async function send<T = unknown>(call: Call, options?: Options): Promise<T> {
  const answer = await request(call, options);
  let text: string;
  try {
    text = await answer.text();
  } catch (reason) {
    if (options?.signal?.aborted) throw reason;
    watchers.unreachable();
    throw new ApiError(0, 'network', '');
  }
  try {
    return (text ? JSON.parse(text) : undefined) as T;
  } catch {
    throw new ApiError(-1, 'console/Not JSON', '');
  }
}

export const get = <T>(path: string, options?: Options) => send<T>({ method: 'GET', path }, options);
export const post = <T>(path: string, body?: unknown, options?: Options) =>
  send<T>({ method: 'POST', path, body }, options);
export const put = <T>(path: string, body: unknown, options?: Options) =>
  send<T>({ method: 'PUT', path, body }, options);
export const del = <T = void>(path: string, options?: Options) => send<T>({ method: 'DELETE', path }, options);

/** How many things a filter matches, exactly. */
export interface Statistics {
  currentPage: number;
  pageSize: number;
  totalElements?: number;
  totalPages?: number;
}

/** A page of a collection: the list under its own name, and the numbers. */
export type Page<Name extends string, T> = Record<Name, T[]> & { statistics: Statistics; next?: string };
