//! What can be a sign-in name and what can be a password. No regulation says it, so refusals cite no clause.

use rules::kit::refusal::{Code, Detail, Refusal};

/// Fewest and most characters of a sign-in name.
const LOGIN: std::ops::RangeInclusive<usize> = 2..=64;
/// Characters beside letters and digits in a sign-in name.
const LOGIN_MARKS: &str = ".-_@+";
/// Fewest characters of a password.
const SHORTEST: usize = 10;
/// Most characters of a password.
const LONGEST: usize = 200;
/// Fewest different characters of a password.
const LEAST_VARIETY: usize = 4;
/// Common passwords that are long enough; compared in lower case, with what is added at the ends left out.
const COMMON: [&str; 16] = [
    "password",
    "passw0rd",
    "p@ssw0rd",
    "administrator",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "iloveyou",
    "letmein",
    "welcome",
    "changeme",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "woaini",
    "kehu",
];

/// A sign-in name as it is kept and looked up: without case and without blanks around it.
pub(super) fn normalised(login: &str) -> String {
    login.trim().to_lowercase()
}

/// A new sign-in name, normalised.
///
/// # Errors
/// `INVALID_INPUT` at `login`.
pub fn check_login(login: &str) -> Result<String, Refusal> {
    let login = normalised(login);
    let fits = |c: char| c.is_alphanumeric() || LOGIN_MARKS.contains(c);
    if LOGIN.contains(&login.chars().count()) && login.chars().all(fits) {
        Ok(login)
    } else {
        Err(Refusal::new(Code::InvalidInput)
            .detail(Detail::LoginForm)
            .at("login"))
    }
}

/// Whether a password can be taken for the account `login`.
///
/// # Errors
/// `WEAK_PASSWORD` and `TOO_LONG` without a path; the caller knows its field.
pub fn check_password(password: &str, login: &str) -> Result<(), Refusal> {
    let lower = password.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    if different.len() > LONGEST {
        return Err(Refusal::new(Code::TooLong).param("max", LONGEST));
    }
    let length = different.len();
    different.sort_unstable();
    different.dedup();
    let weak = length < SHORTEST
        || different.len() < LEAST_VARIETY
        || (login.chars().count() >= LEAST_VARIETY && lower.contains(login))
        || lower.chars().all(|c| c.is_ascii_digit())
        || COMMON.contains(&lower.trim_matches(|c: char| !c.is_alphabetic()))
        || COMMON.contains(&lower.as_str());
    if weak {
        Err(Refusal::new(Code::WeakPassword).param("min", SHORTEST))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_names_are_kept_without_case() {
        assert_eq!(
            check_login(" Wang.Wei@Example.CN ").unwrap(),
            "wang.wei@example.cn"
        );
        assert_eq!(check_login("王伟").unwrap(), "王伟");
        for wrong in ["", "a", "wang wei", "wang/wei", &"x".repeat(65)] {
            assert_eq!(
                check_login(wrong).unwrap_err().code,
                Code::InvalidInput,
                "{wrong}"
            );
        }
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        let weak = [
            "123456789",
            "ab34567x9",
            "1234567890123",
            "aaaaaaaaaaab",
            "Password2026!",
            "P@ssw0rd1234",
            "1q2w3e4r5t",
            "xxwang.wei!!",
        ];
        for password in weak {
            assert_eq!(
                check_password(password, "wang.wei").map_err(|r| r.code),
                Err(Code::WeakPassword),
                "{password}"
            );
        }
        for password in ["correct horse", "ab345678x9", "今天天气非常好我们去爬山"] {
            assert_eq!(check_password(password, "wang.wei"), Ok(()), "{password}");
        }
        assert_eq!(
            check_password(&"abcd".repeat(50), "w").map_err(|r| r.code),
            Ok(())
        );
        assert_eq!(
            check_password(&"abcde".repeat(41), "w").map_err(|r| r.code),
            Err(Code::TooLong)
        );
    }
}
