/** A file of an upload; its bytes are dropped. */
interface UploadedFile {
  readonly name: string;
  readonly size: number;
}

/**
 * The body as one object: parsed JSON, or for an upload its `payload_json` with the files beside it under `files`.
 *
 * @returns undefined when there is none, or when it is not JSON.
 */
export async function readBody(request: Request): Promise<unknown> {
  if (request.headers.get('content-type')?.startsWith('multipart/form-data')) return readUpload(request);
  const text = await request.text();
  return text === '' ? undefined : parseJson(text);
}

async function readUpload(request: Request): Promise<unknown> {
  const form = await request.formData();
  const files: UploadedFile[] = [];
  for (const value of form.values()) if (typeof value !== 'string') files.push({ name: value.name, size: value.size });
  const payload = form.get('payload_json');
  const body = typeof payload === 'string' ? parseJson(payload) : undefined;
  return { ...(typeof body === 'object' ? body : undefined), files };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
