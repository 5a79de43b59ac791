/** The part of JsSIP that its types leave out. */
declare module "jssip/lib/Parser.js" {
  import type { UA } from "jssip/lib/UA.js";

  export function parseMessage(data: string, ua: UA): object | undefined;
}
