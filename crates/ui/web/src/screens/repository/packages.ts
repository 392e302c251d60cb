// Packages of the repository, in the shapes that devices and other clients know: a package with versions as additions, a
// version with a file as its addition; a configuration is its own version.

export const KINDS = ['firmware', 'software', 'configuration'] as const;
export type Kind = (typeof KINDS)[number];

interface Shape {
  type: string;
  /** The type of a version, and the fragment that names it; a configuration has none. */
  version?: string;
}
export const SHAPES: Record<Kind, Shape> = {
  firmware: { type: 'c8y_Firmware', version: 'c8y_FirmwareBinary' },
  software: { type: 'c8y_Software', version: 'c8y_SoftwareBinary' },
  configuration: { type: 'c8y_ConfigurationDump' },
};

/** A package or a version, as the inventory has it. */
export interface Entry {
  id: string;
  name?: string;
  type?: string;
  owner?: string;
  description?: string;
  creationTime?: string;
  url?: string;
  holdfast_Sha256?: string;
  c8y_Firmware?: { version?: string; url?: string };
  c8y_Software?: { version?: string; url?: string };
  c8y_Filter?: { type?: string };
}

export const versionOf = (kind: Kind, entry: Entry): string =>
  (kind === 'firmware' ? entry.c8y_Firmware?.version : entry.c8y_Software?.version) ?? '–';

/** A new package: everybody in the tenant may choose it, and devices of this type are offered it. */
export function newPackage(kind: Kind, name: string, deviceType: string): Record<string, unknown> {
  return { name, type: SHAPES[kind].type, c8y_Global: {}, ...(deviceType ? { c8y_Filter: { type: deviceType } } : {}) };
}

/** A new version of one: where its file is, and what the file must come to. */
export function newVersion(kind: 'firmware' | 'software', version: string, url: string, sha256: string): Record<string, unknown> {
  const { type, version: made } = SHAPES[kind];
  return { type: made, c8y_Global: {}, [type]: { version, url }, holdfast_Sha256: sha256 };
}

export async function sha256Of(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
