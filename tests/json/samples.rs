//! One text of each kind with every member that there is.

pub(super) const CONFIG: &str = r#"{"uri":"sip:alice@example.com","displayName":"Alice","servers":[
    {"url":"wss://a.example.com","priority":1,"weight":65535},{"url":"wss://b.example.com"}],
    "credentials":{"username":"alice","password":"secret","ha1":"00","realm":"example.com"},"askCredentials":true,
    "rel100":"required","reliableProgress":"sdp","prack":"manual","prackDeadline":1000,"acceptChangedAnswer":true,
    "reinvites":"manual","firstRseq":4294967295,"maxRinging":1,"extensions":["precondition"],"onFork":"keep",
    "sessionTimer":1800,"instanceId":"urn:uuid:0","registerExpires":60,"registrar":"sip:example.com",
    "userAgent":"x","traceLength":0,"t1":500}"#;

pub(super) const COMMANDS: &[&str] = &[
    r#""connect""#,
    r#""disconnect""#,
    r#"{"register":{"request":1,"expires":60,"headers":[["X-A","1"],["X-B","\"2\"\r\n"]]}}"#,
    r#"{"unregister":{"request":1,"all":true}}"#,
    r#"{"credentials":{"token":1,"credentials":{"username":"a","password":"b","ha1":"c","realm":"d"}}}"#,
    r#"{"call":{"call":1,"target":"sip:bob@example.com","options":{"media":"offerless","rel100":"none",
        "prack":"manual","rel100Fallback":true,"displayName":"B","headers":[["A","b"]],"noAnswerTimeout":5}}}"#,
    r#"{"description":{"token":1,"answer":{"sdp":"v=0\r\n"}}}"#,
    r#"{"description":{"token":1,"answer":{"failed":{"status":488,"cause":"media-denied"}}}}"#,
    r#"{"prack":{"call":1,"dialog":2,"rseq":3,"request":4,"body":"b","contentType":"c","offer":true,"headers":[]}}"#,
    r#"{"progress":{"call":1,"request":2,"progress":{"code":183,"reason":"r","reliable":false,"sdp":true,
        "queue":false,"headers":[["A","b"]]}}}"#,
    r#"{"accept":{"call":1,"request":2,"headers":[["A","b"]]}}"#,
    r#"{"reject":{"call":1,"status":486,"reason":"r","headers":[["A","b"]]}}"#,
    r#"{"hangup":{"call":1,"headers":[["A","b"]]}}"#,
    r#"{"renegotiate":{"call":1,"request":2}}"#,
    r#"{"update":{"call":1,"dialog":0,"request":2,"offer":false,"queue":false,"headers":[["A","b"]]}}"#,
    r#"{"info":{"call":1,"request":2,"options":{"body":"b","contentType":"c","headers":[["A","b"]]}}}"#,
    r#"{"request":{"request":2,"method":"OPTIONS","target":"sip:a@b","options":{"body":"b","contentType":"c",
        "headers":[["A","b"]]}}}"#,
    r#"{"trace":{"live":true}}"#,
];

/// The samples as `JSON.stringify` would write them.
pub(super) fn compact(sample: &str) -> serde_json::Value {
    serde_json::from_str(sample).expect(sample)
}
