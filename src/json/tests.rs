//! The reader and the writer by themselves; what they make of the protocol is in `tests/json.rs`.

use super::{List, from_text};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

fn problem<T: super::Read>(text: &str) -> String {
    from_text::<T>(text).err().expect(text).message()
}

fn written(text: &str) -> String {
    let mut list = List::default();
    list.push(text);
    list.end().into()
}

#[test]
fn numbers_are_whole_and_within_their_range() {
    for number in [0, 7, 65_535, 65_536, u32::MAX] {
        assert_eq!(from_text::<u32>(&number.to_string()), Ok(number));
        assert_eq!(from_text::<u16>(&number.to_string()).ok(), u16::try_from(number).ok());
    }
    for wrong in ["4294967296", "99999999999999999999", "-1", "1.5", "1e3", "+1", " 1", "null", "\"1\"", "true", "[]"] {
        assert_eq!(problem::<u32>(wrong), "the argument must be a whole number within its range", "{wrong}");
    }
}

#[test]
fn flags_are_words_and_not_texts() {
    assert_eq!((from_text("true"), from_text("false")), (Ok(true), Ok(false)));
    for wrong in ["\"true\"", "1", "null", "tru", "{}"] {
        assert_eq!(problem::<bool>(wrong), "the argument must be true or false", "{wrong}");
    }
}

#[test]
fn escapes_mean_what_they_mean() {
    let literal = r#""\"\\\/\b\f\n\r\t\u0000\u001F\u00fc\u732b ü猫🐈""#;
    assert_eq!(from_text::<String>(literal).unwrap(), "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}ü猫 ü猫🐈");
    // What JSON.stringify makes of half a surrogate pair.
    assert_eq!(from_text::<String>(r#""a\ud83db\ude00""#).unwrap(), "a\u{fffd}b\u{fffd}");
    for wrong in [r#""\x41""#, r#""\u12""#, r#""\u12g4""#, r#""\u""#, r#""\""#, r#""\ü""#, r#""\u00ü""#] {
        assert_eq!(problem::<String>(wrong), "the argument is not JSON", "{wrong}");
    }
}

#[test]
fn texts_come_back_as_they_were() {
    let every: String = (0..=0x2fff).filter_map(char::from_u32).chain(['\u{10ffff}', '🐈']).collect();
    for text in ["", "\r\n", "\"", "\\", "\\u0041", every.as_str()] {
        let list = from_text::<Vec<String>>(&written(text)).unwrap();
        assert_eq!(list, [text]);
    }
}

#[test]
fn a_megabyte_is_read_and_written() {
    let long = "v=0\r\n\"ü\"".repeat(100_000);
    assert_eq!(from_text::<Vec<String>>(&written(&long)).unwrap(), [long]);
}

#[test]
fn absent_and_null_are_none_but_for_numbers() {
    assert_eq!(from_text::<Option<String>>("null"), Ok(None));
    assert_eq!(from_text::<Option<bool>>("null"), Ok(None));
    // What JSON.stringify makes of NaN.
    assert!(from_text::<Option<u32>>("null").is_err() && from_text::<Option<u16>>("null").is_err());
}

#[test]
fn arrays_have_commas_between_their_elements() {
    assert_eq!(from_text::<Vec<u32>>("[]"), Ok(Vec::new()));
    assert_eq!(from_text::<Vec<Vec<u32>>>("[[1,2],[],[3]]").unwrap().concat(), [1, 2, 3]);
    for wrong in ["[1,]", "[,1]", "[1 2]", "[1;2]", "[1:2]", "[1", "1]", "[[1]", "[1]]", "[1}", "[", "]", "", "{}"] {
        assert!(from_text::<Vec<u32>>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn long_texts_are_beside_the_list_and_not_taken_for_nothing() {
    let mut list = List::new(3);
    list.push(&["abc", "abcd", "", "\"ü\r"].as_slice());
    list.push(&Some("long, too"));
    assert_eq!(list.end(), r#"[["abc",null,"",null],null]"#);
    assert_eq!(list.beside().collect::<Vec<_>>(), ["abcd", "\"ü\r", "long, too"]);
    list.clear(0);
    assert_eq!(list.end(), "[]");
    assert_eq!(list.beside().count(), 0);
}

// What is left out leaves nothing beside the list either.
#[test]
fn a_value_that_cannot_be_written_takes_its_texts_along() {
    #[derive(serde::Serialize)]
    struct Half {
        text: &'static str,
        float: f32,
    }
    let mut list = List::new(3);
    list.push("first");
    list.push(&Half { text: "second", float: 0.5 });
    list.push("third");
    assert_eq!(list.end(), "[null,null]");
    assert_eq!(list.beside().collect::<Vec<_>>(), ["first", "third"]);
}

#[test]
fn a_list_keeps_nothing_of_what_it_held() {
    let mut list = List::default();
    assert!(list.is_empty());
    assert_eq!(list.end(), "[]");
    list.clear(0);
    list.push(&1.5);
    assert!(list.is_empty(), "a float is left out");
    for value in [Some("a"), None] {
        list.push(&value);
    }
    assert_eq!(list.end(), r#"["a",null]"#);
    list.clear(0);
    list.push(&[u64::MAX].as_slice());
    assert_eq!(list.end(), "[[18446744073709551615]]");
}
