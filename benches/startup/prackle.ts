/** A page's smallest use of Prackle: connect and register. */

import { UserAgent } from "prackle";

const ua = new UserAgent({ uri: "sip:alice@example.com", servers: `ws://${location.host}/sip` });
await ua.connect();
await ua.register();
