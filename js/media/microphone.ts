/** Opening of devices, with typed errors. */

import { MediaError, asError } from "../errors.js";
import type { MediaErrorCode } from "../errors.js";
import type { MediaOptions } from "./handler.js";

const CODES: Readonly<Record<string, MediaErrorCode>> = {
  NotAllowedError: "media-denied",
  SecurityError: "media-denied",
  NotFoundError: "media-missing",
  OverconstrainedError: "media-missing",
};

/**
 * Opens microphone and camera as far as the options want them.
 *
 * @returns nothing when neither is wanted
 * @throws MediaError `media-denied`, `media-missing`, or `media-failed` (the device is busy)
 */
export async function capture({ audio = true, video = false }: MediaOptions): Promise<MediaStream | undefined> {
  if (audio === false && video === false) return undefined;
  try {
    return await devices().getUserMedia({ audio, video });
  } catch (thrown) {
    if (thrown instanceof MediaError) throw thrown;
    const cause = asError(thrown);
    throw new MediaError(CODES[cause.name] ?? "media-failed", `no microphone or camera: ${cause.message}`, { cause });
  }
}

function devices(): MediaDevices {
  // Undefined on pages that did not come over https or from localhost, whatever the types say.
  const found = (globalThis.navigator as Navigator | undefined)?.mediaDevices;
  if (found === undefined) throw new MediaError("media-missing", "devices are there only for pages from https or localhost");
  return found;
}
