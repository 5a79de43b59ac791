/** A page's smallest use of SIP.js: connect and register, with what calls need. */

import { Inviter, Registerer, UserAgent } from "sip.js";

// An application that calls brings this along; a bundler leaves out what is never mentioned.
Object.assign(globalThis, { Inviter });

const uri = UserAgent.makeURI("sip:alice@example.com");
if (uri === undefined) throw new Error("not a URI");
const ua = new UserAgent({ uri, transportOptions: { server: `ws://${location.host}/sip` } });
await ua.start();
await new Registerer(ua).register();
