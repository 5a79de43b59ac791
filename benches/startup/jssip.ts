/** A page's smallest use of JsSIP: connect and register. */

import JsSIP from "jssip";

const sockets = [new JsSIP.WebSocketInterface(`ws://${location.host}/sip`)];
new JsSIP.UA({ sockets, uri: "sip:alice@example.com", register: true }).start();
