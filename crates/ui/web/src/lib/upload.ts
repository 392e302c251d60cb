// Sends a form and tells how much of it is under way: what `fetch` does not. It knows no form.

import { ApiError, problem, repeated } from './api';

/** Posts a form and reads the JSON of the answer. `progress` gets shares from 0 to 1. Throws `ApiError`. */
export function upload<T>(path: string, form: FormData, progress: (share: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('usexbasic', 'true');
    const xsrf = repeated(document.cookie);
    if (xsrf) request.setRequestHeader('x-xsrf-token', xsrf);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new ApiError(0, 'connection', ''));
    request.onabort = () => reject(signal?.reason ?? new ApiError(0, 'connection', ''));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve(JSON.parse(request.responseText) as T);
      void problem(new Response(request.responseText, { status: request.status })).then(reject);
    };
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}
