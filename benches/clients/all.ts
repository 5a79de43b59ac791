/** The clients by their names. */

import { World } from "../world/world.js";
import type { Client, ClientName } from "./client.js";
import { Floor } from "./floor.js";
import { JsSip } from "./jssip.js";
import { Prackle } from "./prackle.js";
import { SipJs } from "./sipjs.js";

const CLASSES: Record<ClientName, new (world: World) => Client> = { Prackle, JsSIP: JsSip, "SIP.js": SipJs, floor: Floor };

/** A client that is connected. */
export async function makeClient(name: ClientName): Promise<Client> {
  const client = new CLASSES[name](new World());
  await client.connect();
  return client;
}
