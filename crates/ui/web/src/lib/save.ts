// Hands a file to the browser, to be saved where people save things. It knows nothing of what is in it.

export function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the content by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const saveCsv = (text: string, name: string): void => save(new Blob([text], { type: 'text/csv' }), name);
