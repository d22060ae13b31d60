// Lets import find what NODE_PATH and the AWS SDK have, on engines that run
// such hooks in a thread of their own.
import { createRequire } from 'node:module';

const sdk = createRequire(import.meta.url)('./sdk.js');

export async function resolve(specifier, context, next) {
  let failure;
  try {
    return await next(specifier, context);
  } catch (e) {
    if (e?.code !== 'ERR_MODULE_NOT_FOUND') {
      throw e;
    }
    failure = e;
  }
  for (const entry of sdk.folders(specifier)) {
    const folder = typeof entry === 'function' ? entry(specifier) : entry;
    if (!folder) {
      continue;
    }
    try {
      return await next(specifier, { ...context, parentURL: new URL('../neighbour.js', `file://${folder}/`).href });
    } catch {
      // look on
    }
  }
  throw failure;
}
