// Changing what was read, but only if nobody else has changed it meanwhile: what a form shows is compared with what the
// platform has now, and the `ETag` closes the rest of the time. It knows nothing of what is changed.

import { ApiError, put, request } from '../api';

/** What an address answers, and its tag, if it has one. */
export async function tagged<T>(address: string, signal?: AbortSignal): Promise<{ value: T; tag: string | undefined }> {
  const answer = await request({ method: 'GET', path: address }, signal ? { signal } : {});
  return { value: (await answer.json()) as T, tag: answer.headers.get('etag') ?? undefined };
}

const putTagged = <T>(address: string, body: unknown, tag: string | undefined): Promise<T> =>
  put<T>(address, body, tag ? { headers: { 'if-match': tag } } : {});

const text = (value: unknown): string => JSON.stringify(value ?? '');

/** Which of the properties that are to be changed are not any more as they were shown. */
const differing = (names: readonly string[], shown: object, now: object): string[] =>
  names.filter((name) => text((shown as Record<string, unknown>)[name]) !== text((now as Record<string, unknown>)[name]));

/** Puts the properties of `body` if they still are what was shown; otherwise throws what the platform says to that: 412.
    What somebody else does to other properties is no reason to give up. */
export const putUnchanged = <T>(address: string, body: Record<string, unknown>, shown: object): Promise<T> =>
  edit<object, T>(address, (now) => {
    if (differing(Object.keys(body), shown, now).length > 0) throw new ApiError(412, 'console/Changed Meanwhile', '');
    return body;
  });

/** Reads, changes and writes; once more on what is there then, if somebody else was faster. What `change` throws ends it. */
export async function edit<T, R>(address: string, change: (now: T) => unknown): Promise<R> {
  for (let tries = 1; ; tries += 1) {
    const { value, tag } = await tagged<T>(address);
    const body = change(value);
    try {
      return await putTagged<R>(address, body, tag);
    } catch (reason) {
      if (!(reason instanceof ApiError) || reason.status !== 412 || tries === 3) throw reason;
    }
  }
}
