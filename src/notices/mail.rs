//! A notice as a mail: its words in the recipient's language, and how it is handed to the mail server.
//!
//! A mail leaves the company's own walls, so it says what kind of thing it is about, clause, number and link, never a word
//! about a customer (ARC-9).

use std::time::{Duration, SystemTime};

use entity::notice;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use rules::kit::clause::Clause;
use rules::kit::language::Language;
use rules::rulebook::Regulations;
use rules::text::text;

use super::commands::{address_of, wants_mail};
use super::words::{About, texts};
use crate::acting::Acting;
use crate::config::Config;
use crate::kit::error::{Error, Result};
use crate::schema::declared;

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// The mail server took it.
    Sent,
    /// The mail server does not take it now, or the try broke off; it may go later.
    Later,
    /// The mail server is not there or does not let us in; none goes, and this one is not to blame.
    Down,
    /// It never will.
    Never,
    /// Nobody waits for it any more.
    NotNeeded,
}

/// Refusals that are about us and not about a mail (RFC 4954): authentication is needed, failed, or is too weak.
const US: [u16; 4] = [530, 534, 535, 538];

/// The way to the mail server.
pub(super) struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    longest: Duration,
}

impl Post {
    /// As configured.
    ///
    /// # Errors
    /// Never in practice: the settings were checked at start.
    pub(super) fn of(config: &Config) -> Result<Self> {
        let longest = Duration::from_secs(config.mail.timeout_s);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.mail.smtp_url)
            .map_err(|_| Error::internal("mail.smtp_url can't be understood"))?;
        let from = config.mail.from.parse();
        Ok(Self {
            transport: transport.timeout(Some(longest)).build(),
            from: from.map_err(|_| Error::internal("mail.from is no mail address"))?,
            longest,
        })
    }

    /// Whether the server is there and lets us in; where not, no mail is to blame for it.
    pub(super) async fn is_open(&self) -> bool {
        let tried = tokio::time::timeout(self.longest, self.transport.test_connection()).await;
        match tried {
            Ok(Ok(open)) => open,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the mail server can't be used");
                false
            }
            Err(_) => {
                tracing::warn!("the mail server does not answer");
                false
            }
        }
    }

    /// Hands a message over.
    pub(super) async fn send(&self, message: Message) -> Tried {
        let sent = tokio::time::timeout(self.longest, self.transport.send(message)).await;
        match sent {
            Ok(Ok(_)) => Tried::Sent,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a mail could not be sent");
                let status = error.status().map(u16::from);
                if status.is_some_and(|status| US.contains(&status)) {
                    return Tried::Down;
                }
                // A refusal does not say whether it came before the recipient; whether the server is open still does. A
                // connection that was lost with the mail under way counts as a try, else one mail could hold all others up.
                let is_refused = status.is_some() || error.is_client();
                if is_refused && !self.is_open().await {
                    return Tried::Down;
                }
                match error.is_permanent() || error.is_client() {
                    true => Tried::Never,
                    false => Tried::Later,
                }
            }
            Err(_) => {
                tracing::warn!("a mail could not be sent in time");
                Tried::Later
            }
        }
    }

    /// A notice as a message; or why there is none: read already, settled, its recipient gone or no longer for mail.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn write(
        &self,
        acting: &Acting,
        notice: &notice::Model,
    ) -> Result<std::result::Result<Message, Tried>> {
        let is_settled = notice.read_at.is_some() || notice.resolved_at.is_some();
        if is_settled || !wants_mail(&acting.db.read, notice.recipient_id).await? {
            return Ok(Err(Tried::NotNeeded));
        }
        // ORG-7: who left gets nothing more.
        let Some(viewer) = acting.shared.viewer(notice.recipient_id) else {
            return Ok(Err(Tried::NotNeeded));
        };
        let config: &Config = acting.get()?;
        let person = acting.directory.person(notice.recipient_id);
        let language = person.and_then(|person| person.language);
        let language = language.or_else(|| Language::from_tag(&config.company.language));
        let mut reader = acting.again();
        reader.viewer = viewer;
        reader.language = language.unwrap_or_default();
        let Some(to) = address_of(&acting.db.read, notice.recipient_id).await? else {
            return Ok(Err(Tried::Never));
        };
        let body = body(&reader, config, notice).await?;
        let title = notice.code.label(reader.language);
        let subject = format!("[{}] {title}", config.company.name);
        let Ok(to) = to.parse::<lettre::Address>() else {
            return Ok(Err(Tried::Never));
        };
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(SystemTime::from(acting.now()))
            // The same for every try, so that a mail that came twice can be told.
            .message_id(Some(format!("<{}@kehu.invalid>", notice.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(body);
        Ok(message.map_err(|error| {
            tracing::warn!(%error, "a mail can't be written");
            Tried::Never
        }))
    }
}

/// The lines of a mail.
async fn body(reader: &Acting, config: &Config, notice: &notice::Model) -> Result<String> {
    let language = reader.language;
    let about = About {
        code: notice.code,
        subject_kind: notice.subject_kind.clone(),
        subject: notice.subject_id,
    };
    let mut lines = texts(&reader.scene(), &[about]).await?;
    lines.push(String::new());
    let clause = notice.clause.as_deref().and_then(Clause::known);
    if let Some(clause) = clause {
        let regulations = Regulations::shipped().map_err(|e| Error::internal(e.to_string()))?;
        let title = regulations.clause(clause.number());
        let title = title.map(|told| told.title.get(language).to_owned());
        let values = [
            ("number", clause.to_string()),
            ("title", title.unwrap_or_default()),
        ];
        lines.push(text(language, "notice.clause", &values));
    }
    if !config.mail.link.is_empty() {
        let graph = &declared().graph;
        let id = graph.public_id(&notice.subject_kind, notice.subject_id);
        let link = config.mail.link.replace("{id}", &id);
        lines.push(text(language, "notice.link", &[("link", link)]));
    }
    lines.push(String::new());
    lines.push(text(language, "notice.why", &[]));
    lines.push(String::new());
    Ok(lines.join("\n"))
}
