//! Keys that names sort by, the same on both databases.

use pinyin::ToPinyin;

/// The key by which a name sorts: its characters' pinyin, everything else in small letters, blanks left out.
///
/// A character of several readings has its most common one: a name that should sort otherwise is rare enough to be
/// found by its number.
pub fn pinyin_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() * 2);
    for c in name.trim().chars() {
        match c.to_pinyin() {
            Some(pinyin) => key.push_str(pinyin.plain()),
            None => key.extend(c.to_lowercase().filter(|c| !c.is_whitespace())),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_their_pinyin() {
        assert_eq!(pinyin_key("王小明"), "wangxiaoming");
        assert_eq!(pinyin_key("陳國棟"), "chenguodong");
        assert_eq!(pinyin_key(" 恒信 ABC-2 "), "hengxinabc-2");
        assert_eq!(pinyin_key("１２ Ω"), "１２ω");
        assert!(pinyin_key("阿明") < pinyin_key("王小明"));
    }
}
