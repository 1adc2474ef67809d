//! The mutations of identity. Pitfall: passwords, tokens and keys leave only as secrets, which are never kept with a retry
//! key; a retried call gets null in their place.

use async_graphql::{ID, InputObject};
use rules::kit::language::Language;
use rules::kit::refusal::{Code, Refusal};
use rules::vocabulary::Role;
use uuid::Uuid;

use super::commands::accounts::NewAccount;
use super::commands::api_keys::NewApiKey;
use super::commands::{accounts, api_keys, passwords, sessions, sign_in};
use crate::kit::ids;
use crate::kit::scalars::DateTime;
use crate::work::Mutations;

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The sign-in name; upper and lower case are the same.
    pub login: String,
    /// The password.
    pub password: String,
    /// What the device is called in the list of sessions; the client's own name where it is left out.
    pub device: Option<String>,
}

/// Which session goes on.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The refresh token. It is used up: the next one comes with the answer.
    pub refresh_token: String,
}

/// What ends.
#[derive(InputObject)]
pub struct SignOutInput {
    /// Also every other session of the viewer.
    #[graphql(default)]
    pub everywhere: bool,
}

/// Which session ends.
#[derive(InputObject)]
pub struct SessionRevokeInput {
    /// The session.
    pub session: ID,
}

/// From which password to which.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The password of now.
    pub current: String,
    /// The new one: at least 10 characters, none of the common ones.
    pub new: String,
}

/// For whom an account is made.
#[derive(InputObject)]
pub struct AccountCreateInput {
    /// The employee, who has none yet.
    pub employee: ID,
    /// The sign-in name: 2 to 64 letters, digits or `. - _ @ +`; kept in lower case.
    pub login: String,
    /// The first password: at least 10 characters, none of the common ones.
    pub password: String,
    /// Language of messages; the company's where it is left out.
    pub language: Option<Language>,
}

/// Which account is meant.
#[derive(InputObject)]
pub struct AccountDisableInput {
    /// The account.
    pub account: ID,
}

/// Which account is meant.
#[derive(InputObject)]
pub struct AccountEnableInput {
    /// The account.
    pub account: ID,
}

/// Which account gets which password.
#[derive(InputObject)]
pub struct AccountResetPasswordInput {
    /// The account.
    pub account: ID,
    /// The new password: at least 10 characters, none of the common ones.
    pub password: String,
}

/// In which language the viewer wants messages.
#[derive(InputObject)]
pub struct ViewerSetLanguageInput {
    /// The language.
    pub language: Language,
}

/// What a key is for and how far it reaches.
#[derive(InputObject)]
pub struct ApiKeyCreateInput {
    /// What it is for.
    pub name: String,
    /// The one role that it acts in; the viewer holds it, not by delegation. The basic rights of everybody employed are a
    /// role of their own, `EMPLOYEE`.
    pub role: Role,
    /// Where alone it acts, with what is below; wherever the viewer holds the role where it is left out.
    pub department: Option<ID>,
    /// From which network alone it is good, an address (`10.1.2.3`) or a network (`10.0.0.0/8`); from everywhere where it is
    /// left out.
    pub network: Option<String>,
    /// When it ends by itself: within 366 days.
    pub expires_at: DateTime,
}

/// Which key ends.
#[derive(InputObject)]
pub struct ApiKeyRevokeInput {
    /// The key.
    pub api_key: ID,
}

fn reference(prefix: &str, id: &ID, field: &str) -> Result<Uuid, Refusal> {
    ids::decode(prefix, id).map_err(|_| Refusal::new(Code::InvalidInput).at(field))
}

const ACCESS: &str = "Send it as `authorization: Bearer …` until `expiresAt`. Given once.";
const EXPIRES: &str = "When the access token ends.";
const REFRESH: &str =
    "Gives the next access token, once, by `sessionRefresh`. Given once; keep it safe.";
const SESSION: &str = "The session, for telling this device apart in the list of sessions.";

/// Declares the mutations.
pub(super) fn mutations(m: &mut Mutations) {
    let doc = "Signs in. Whatever is wrong with name or password, the error is `SIGN_IN_FAILED`; after too many failures of \
               an account or an address it is `RATE_LIMITED`, with the seconds to wait in `extensions.retryAfter`.";
    m.add("signIn", doc, |acting, input: SignInInput| {
        Box::pin(sign_in::sign_in(acting, input))
    })
    .open()
    .gives("accessToken", "String", ACCESS)
    .gives("expiresAt", "DateTime", EXPIRES)
    .gives("refreshToken", "String", REFRESH)
    .gives("sessionId", "ID", SESSION);
    let doc = "Goes on with a session; send no `authorization` header with it. A refresh token is good for one use: a second \
               one ends the session with all its tokens, since one of the two users stole it. The error is `TOKEN_EXPIRED`.";
    m.add(
        "sessionRefresh",
        doc,
        |acting, input: SessionRefreshInput| Box::pin(sign_in::refresh(acting, input)),
    )
    .open()
    .gives("accessToken", "String", ACCESS)
    .gives("expiresAt", "DateTime", EXPIRES)
    .gives("refreshToken", "String", REFRESH)
    .gives("sessionId", "ID", SESSION);
    let doc = "Ends this session, and with `everywhere` all sessions of the viewer; their tokens end with them within a second.";
    m.add("signOut", doc, |acting, input: SignOutInput| {
        Box::pin(sessions::sign_out(acting, input))
    });
    let doc = "Ends a session, on another device for instance; its tokens end with it within a second (ORG-7).";
    m.add("sessionRevoke", doc, |acting, input: SessionRevokeInput| {
        Box::pin(async move {
            sessions::revoke(acting, reference("session", &input.session, "session")?).await
        })
    })
    .gives("session", "Session", "The session.");
    let doc = "Changes the viewer's own password and ends the other sessions.";
    m.add(
        "passwordChange",
        doc,
        |acting, input: PasswordChangeInput| {
            Box::pin(passwords::change(acting, input.current, input.new))
        },
    )
    .secret(&["current", "new"])
    // Passwords are counted as tried.
    .asks_first()
    .gives("account", "Account", "The account.");
    let doc = "Sets the language of the viewer's messages, for requests that ask for none by `accept-language`.";
    m.add(
        "viewerSetLanguage",
        doc,
        |acting, input: ViewerSetLanguageInput| {
            Box::pin(accounts::set_language(acting, input.language))
        },
    )
    .gives("account", "Account", "The account.");
    of_accounts(m);
    of_api_keys(m);
}

fn of_accounts(m: &mut Mutations) {
    let doc = "Gives an employee an account to sign in with. For system administrators (ORG-3).";
    m.add("accountCreate", doc, |acting, input: AccountCreateInput| {
        Box::pin(async move {
            let employee = reference("employee", &input.employee, "employee")?;
            let AccountCreateInput {
                login,
                password,
                language,
                ..
            } = input;
            accounts::create(
                acting,
                NewAccount {
                    employee,
                    login,
                    password,
                    language,
                },
            )
            .await
        })
    })
    .secret(&["password"])
    .gives("account", "Account", "The account.");
    let doc = "Disables an account: every session, token, API key and delegation of that person ends at once (ORG-7). For \
               system administrators.";
    m.add(
        "accountDisable",
        doc,
        |acting, input: AccountDisableInput| {
            Box::pin(async move {
                accounts::disable(acting, reference("account", &input.account, "account")?).await
            })
        },
    )
    .gives("account", "Account", "The account.");
    let doc = "Enables a disabled account. What ended when it was disabled stays ended. For system administrators.";
    m.add("accountEnable", doc, |acting, input: AccountEnableInput| {
        Box::pin(async move {
            accounts::enable(acting, reference("account", &input.account, "account")?).await
        })
    })
    .gives("account", "Account", "The account.");
    let doc = "Sets somebody's password anew and ends all sessions of that account. For system administrators.";
    m.add(
        "accountResetPassword",
        doc,
        |acting, input: AccountResetPasswordInput| {
            Box::pin(async move {
                let account = reference("account", &input.account, "account")?;
                passwords::reset(acting, account, input.password).await
            })
        },
    )
    .secret(&["password"])
    .gives("account", "Account", "The account.");
}

fn of_api_keys(m: &mut Mutations) {
    let doc = "Makes a key with which a program acts as the viewer, in one role only. It ends by itself, when it is revoked, \
               when the viewer loses the role, and with all access of the viewer (ORG-7); it can't reach accounts, sessions, \
               keys and passwords. Send it as `authorization: Bearer …`.";
    m.add("apiKeyCreate", doc, |acting, input: ApiKeyCreateInput| {
        Box::pin(async move {
            let department = input
                .department
                .map(|d| reference("department", &d, "department"))
                .transpose()?;
            let ApiKeyCreateInput {
                name,
                role,
                network,
                expires_at: DateTime(expires_at),
                ..
            } = input;
            api_keys::create(
                acting,
                NewApiKey {
                    name,
                    role,
                    department,
                    network,
                    expires_at,
                },
            )
            .await
        })
    })
    .gives("apiKey", "ApiKey", "The key, as it is listed.")
    .gives(
        "secret",
        "String",
        "The key itself. Given once; null when the call is repeated.",
    );
    let doc = "Ends an API key within a second.";
    m.add("apiKeyRevoke", doc, |acting, input: ApiKeyRevokeInput| {
        Box::pin(async move {
            api_keys::revoke(acting, reference("apikey", &input.api_key, "apiKey")?).await
        })
    })
    .gives("apiKey", "ApiKey", "The key.");
}
