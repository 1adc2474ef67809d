//! What the rules say no to: a code, the clause it rests on, where in the input, and what to do next (RUL-1).
//!
//! A refusal is data; its words come from `locales/` when a person reads it. Pitfall: a refusal's parameters are
//! shown to the viewer, so nothing hidden may go into them (LKP-9, ARC-2: number and department only).

use crate::kit::clause::Clause;
use crate::kit::language::Language;
use crate::text::text;
use crate::vocabulary::{Role, Vocabulary, vocabulary};

vocabulary! {
    /// Why the rules refuse.
    pub enum RefusalCode in "refusal" {
        /// The viewer's roles do not allow it; the remedy says whose do.
        Forbidden = "FORBIDDEN",
        /// Nobody decides on their own case.
        SelfApproval = "SELF_APPROVAL",
        /// The viewer has a stake in the case, or acts for somebody who has, or took an earlier step of it.
        Recused = "RECUSED",
        /// The case was already decided; the message says by whom and when.
        AlreadyDecided = "ALREADY_DECIDED",
        /// The viewer can already read all the sections asked for (LKP-4).
        AlreadyGranted = "ALREADY_GRANTED",
        /// A request of the same content is still open (LKP-4).
        DuplicateRequest = "DUPLICATE_REQUEST",
        /// A customer with the same unified social credit code exists (ARC-2).
        DuplicateCustomer = "DUPLICATE_CUSTOMER",
        /// Customers with the same name or phone exist; go on with a reason (ARC-2).
        LikelyDuplicate = "LIKELY_DUPLICATE",
        /// There is no such object, or the viewer can't know of it.
        NotFound = "NOT_FOUND",
        /// A value is not of the form asked for.
        InvalidInput = "INVALID_INPUT",
        /// A value is missing.
        Required = "REQUIRED",
        /// A text is longer than allowed.
        TooLong = "TOO_LONG",
        /// A number or date is outside its bounds.
        OutOfRange = "OUT_OF_RANGE",
        /// An id in the input names nothing the viewer can refer to.
        UnknownReference = "UNKNOWN_REFERENCE",
        /// The object changed since the viewer read it.
        VersionConflict = "VERSION_CONFLICT",
        /// The idempotency key was used with another input.
        IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
        /// Nothing may be promised to the customer before the decision (CMP-15).
        NotDecided = "NOT_DECIDED",
        /// The promise goes beyond what was decided (CMP-15).
        BeyondAuthority = "BEYOND_AUTHORITY",
        /// The shares of a case do not add up to exactly 100 % (DIS-1).
        SharesNot100 = "SHARES_NOT_100",
        /// The receipt of the copy is recorded already; the message says by whom and when (CMP-12).
        AlreadyReceived = "ALREADY_RECEIVED",
        /// Not possible in the state the object is in.
        WrongState = "WRONG_STATE",
        /// The grant has already run out or was revoked (LKP-4).
        GrantEnded = "GRANT_ENDED",
        /// A delegated role can't be delegated on (ORG-4).
        DelegationChained = "DELEGATION_CHAINED",
        /// The role to be delegated is not held by the delegator (ORG-4).
        RoleNotHeld = "ROLE_NOT_HELD",
        /// The account is disabled (ORG-7).
        AccountDisabled = "ACCOUNT_DISABLED",
        /// Nobody else would hold the role (ORG-3).
        LastHolder = "LAST_HOLDER",
        /// The new values do not make a sound rulebook; the message says which parameter and why (RUL-2).
        RulebookInvalid = "RULEBOOK_INVALID",
        /// A revision is never in force backwards (RUL-3).
        RulebookBackdated = "RULEBOOK_BACKDATED",
        /// The rows do not make a sound policy; the message says which row and why (ORG-3).
        PolicyInvalid = "POLICY_INVALID",
        /// The company would be locked out of its own policy, roles or accounts (ORG-3).
        PolicyLockout = "POLICY_LOCKOUT",
        /// The sign-in name is taken.
        LoginTaken = "LOGIN_TAKEN",
        /// The password is too short or too common.
        WeakPassword = "WEAK_PASSWORD",
        /// The calendar has no working day or hour as far as is looked (ORG-6).
        NoWorkingDay = "NO_WORKING_DAY",
        /// The file has more bytes than allowed (ARC-8).
        FileTooLarge = "FILE_TOO_LARGE",
        /// Files of this type are not taken; what counts is the content, not the name (ARC-8).
        FileTypeNotAllowed = "FILE_TYPE_NOT_ALLOWED",
        /// As many files hang on the object as may (ARC-8).
        TooManyFiles = "TOO_MANY_FILES",
        /// The virus scanner found something in the file.
        FileInfected = "FILE_INFECTED",
        /// The virus scanner gave no answer, and without one no file is attached.
        FileNotScanned = "FILE_NOT_SCANNED",
        /// A case of the person is still open, or of the customer whose contact he is (PIP-3).
        CaseOpen = "CASE_OPEN",
        /// A legal hold lies on the person's data (PIP-4).
        LegalHold = "LEGAL_HOLD",
        /// The law wants the data kept for longer (PIP-5).
        RetentionRunning = "RETENTION_RUNNING",
    }
}

/// The code of a refusal.
pub type Code = RefusalCode;

impl RefusalCode {
    /// The clause a code rests on where the refusal names no other; `None` for codes of several regulations.
    pub const fn clause(self) -> Option<Clause> {
        match self {
            Self::AlreadyGranted | Self::DuplicateRequest | Self::GrantEnded => {
                Some(Clause("LKP-4"))
            }
            Self::DuplicateCustomer | Self::LikelyDuplicate => Some(Clause("ARC-2")),
            Self::NotDecided | Self::BeyondAuthority => Some(Clause("CMP-15")),
            Self::SharesNot100 => Some(Clause("DIS-1")),
            Self::AlreadyReceived => Some(Clause("CMP-12")),
            Self::DelegationChained | Self::RoleNotHeld => Some(Clause("ORG-4")),
            Self::AccountDisabled => Some(Clause("ORG-7")),
            Self::LastHolder | Self::PolicyInvalid | Self::PolicyLockout => Some(Clause("ORG-3")),
            Self::RulebookInvalid => Some(Clause("RUL-2")),
            Self::RulebookBackdated => Some(Clause("RUL-3")),
            Self::NoWorkingDay => Some(Clause("ORG-6")),
            Self::FileTooLarge | Self::FileTypeNotAllowed | Self::TooManyFiles => {
                Some(Clause("ARC-8"))
            }
            Self::CaseOpen => Some(Clause("PIP-3")),
            Self::LegalHold => Some(Clause("PIP-4")),
            Self::RetentionRunning => Some(Clause("PIP-5")),
            _ => None,
        }
    }
}

vocabulary! {
    /// The particular fault behind a refusal, where its code alone would leave the reader guessing.
    pub enum Detail in "detail" {
        /// A unified social credit code has 18 characters.
        CreditCodeLength = "CREDIT_CODE_LENGTH",
        /// A character that no unified social credit code has.
        CreditCodeCharacter = "CREDIT_CODE_CHARACTER",
        /// The check character does not fit the others.
        CreditCodeCheck = "CREDIT_CODE_CHECK",
        /// A name needs a letter, a digit or a character.
        NameWithoutLetters = "NAME_WITHOUT_LETTERS",
        /// Not a phone number.
        Phone = "PHONE",
        /// Not an e-mail address.
        Email = "EMAIL",
        /// Not a date.
        Date = "DATE",
        /// None of the values there are.
        OneOf = "ONE_OF",
        /// Several are called so.
        Ambiguous = "AMBIGUOUS",
        /// Letters that can't be read.
        Unreadable = "UNREADABLE",
        /// More cells than the list has columns.
        MoreCells = "MORE_CELLS",
        /// An earlier line of the list is the same customer (ARC-2).
        RepeatsLine = "REPEATS_LINE",
        /// Another customer has this number (ARC-2).
        NumberOfAnother = "NUMBER_OF_ANOTHER",
        /// The database does not keep it.
        NotKept = "NOT_KEPT",
        /// Not the id of such an object.
        WrongId = "WRONG_ID",
        /// The date lies in the future.
        FutureDate = "FUTURE_DATE",
        /// An amount below zero.
        NegativeAmount = "NEGATIVE_AMOUNT",
        /// The sum is beyond what can be kept.
        AmountTooLarge = "AMOUNT_TOO_LARGE",
        /// The amount is above what the person may decide (CMP-11).
        AboveBracket = "ABOVE_BRACKET",
        /// More defective pieces than pieces.
        DefectiveAboveQuantity = "DEFECTIVE_ABOVE_QUANTITY",
        /// What is not upheld gives the customer nothing (CMP-17).
        NotUpheld = "NOT_UPHELD",
        /// Only a fault of the product that is upheld is followed up (CMP-9).
        NothingToTrack = "NOTHING_TO_TRACK",
        /// The shares of third parties are more than the whole (CMP-10).
        SharesAboveWhole = "SHARES_ABOVE_WHOLE",
        /// The complaint is not late (CMP-20).
        NotLate = "NOT_LATE",
        /// The month in which the goods can be resold is over (LOS-2).
        ResaleOver = "RESALE_OVER",
        /// More was sold than there is (LOS-2).
        MoreThanLeft = "MORE_THAN_LEFT",
        /// The goods can still be resold, so that the loss is not final (LOS-2).
        LossNotFinal = "LOSS_NOT_FINAL",
        /// The same bearer stands twice (DIS-1).
        BearerTwice = "BEARER_TWICE",
        /// No member of the group has anything to split by (DIS-1).
        NobodyToSplitAmong = "NOBODY_TO_SPLIT_AMONG",
        /// A fine below its floor (DIS-4).
        BelowFloor = "BELOW_FLOOR",
        /// A figure that leaves nothing to set (DIS-2, DIS-4).
        FixedFine = "FIXED_FINE",
        /// The person was not heard yet (DIS-5).
        NotHeard = "NOT_HEARD",
        /// The person made a statement, or refused to: not both (DIS-5).
        StatementAndRefusal = "STATEMENT_AND_REFUSAL",
        /// The demand is still undetermined (CMP-3).
        DemandUndetermined = "DEMAND_UNDETERMINED",
        /// The entry of an archive was voided.
        EntryVoided = "ENTRY_VOIDED",
        /// The employee is owner or co-owner of the customer already (LKP-3).
        OwnsAlready = "OWNS_ALREADY",
        /// The co-ownership has ended already (LKP-3).
        CoOwnershipEnded = "CO_OWNERSHIP_ENDED",
        /// A grant covers no more than what was asked for (LKP-4).
        BeyondRequest = "BEYOND_REQUEST",
        /// The end is not after the beginning.
        PeriodBackwards = "PERIOD_BACKWARDS",
        /// The end has already passed.
        PeriodOver = "PERIOD_OVER",
        /// Nobody delegates to himself (ORG-4).
        DelegateIsDelegator = "DELEGATE_IS_DELEGATOR",
        /// The person's employment has ended (ORG-7).
        EmploymentEnded = "EMPLOYMENT_ENDED",
        /// The employee already has an account.
        AccountExists = "ACCOUNT_EXISTS",
        /// Not of the form of a sign-in name.
        LoginForm = "LOGIN_FORM",
        /// The current password is wrong.
        WrongPassword = "WRONG_PASSWORD",
        /// An API key never reaches accounts, sessions and keys.
        NotByKey = "NOT_BY_KEY",
        /// A department of this tier can't stand there (ORG-1).
        DepartmentTier = "DEPARTMENT_TIER",
        /// The department would be below itself (ORG-1).
        DepartmentCycle = "DEPARTMENT_CYCLE",
        /// The department is closed (ORG-1).
        DepartmentClosed = "DEPARTMENT_CLOSED",
        /// Departments or employees still belong to it (ORG-1).
        DepartmentNotEmpty = "DEPARTMENT_NOT_EMPTY",
        /// Nobody is his own supervisor, directly or by others (ORG-2).
        SupervisorCycle = "SUPERVISOR_CYCLE",
        /// The employee already belongs to this department (ORG-2).
        SameDepartment = "SAME_DEPARTMENT",
        /// The date lies before what it follows (ORG-2).
        BeforeEarlierState = "BEFORE_EARLIER_STATE",
        /// Every employee holds this role without being assigned it (ORG-3).
        RoleOfEverybody = "ROLE_OF_EVERYBODY",
        /// The employee holds the role there already (ORG-3).
        RoleAlreadyHeld = "ROLE_ALREADY_HELD",
        /// Another one has it already.
        Taken = "TAKEN",
        /// It has already ended.
        AlreadyEnded = "ALREADY_ENDED",
        /// The person who delegated to the viewer has a stake in the case.
        DelegatorHasStake = "DELEGATOR_HAS_STAKE",
        /// One person never takes two steps of a case.
        TookAnotherStep = "TOOK_ANOTHER_STEP",
        /// An earlier step is still open.
        StepNotReached = "STEP_NOT_REACHED",
        /// The case was withdrawn.
        Withdrawn = "WITHDRAWN",
        /// The case ran out undecided.
        Expired = "EXPIRED",
        /// A case goes back only to a step of an earlier stage that was approved.
        NotAnEarlierStep = "NOT_AN_EARLIER_STEP",
        /// Such a case is approved or rejected, never sent back.
        NeverSentBack = "NEVER_SENT_BACK",
        /// What is to be decided changed since the viewer read it.
        ContentChanged = "CONTENT_CHANGED",
        /// There is no parameter of this key (RUL-2).
        UnknownParameter = "UNKNOWN_PARAMETER",
        /// The parameter belongs to another regulation (RUL-3).
        ParameterOfAnother = "PARAMETER_OF_ANOTHER",
        /// The parameter stands twice (RUL-3).
        ParameterTwice = "PARAMETER_TWICE",
        /// Another value of the parameter begins on this very day (RUL-3).
        ParameterDated = "PARAMETER_DATED",
        /// Not a value of the parameter's type (RUL-2).
        ParameterType = "PARAMETER_TYPE",
        /// Not the parameter's unit (RUL-2).
        ParameterUnit = "PARAMETER_UNIT",
        /// Outside the parameter's bounds (RUL-2).
        ParameterBounds = "PARAMETER_BOUNDS",
        /// Above what another parameter allows (RUL-2).
        ParameterAbove = "PARAMETER_ABOVE",
        /// The table does not have the parameter's rows in their order (RUL-2).
        TableRows = "TABLE_ROWS",
        /// The table leaves a gap (RUL-2).
        TableGap = "TABLE_GAP",
        /// Rows of the table overlap (RUL-2).
        TableOverlap = "TABLE_OVERLAP",
        /// The form was voided.
        FormVoided = "FORM_VOIDED",
        /// No e-mail address is registered for the person (ORG-5).
        NoMailChannel = "NO_MAIL_CHANNEL",
        /// Not a time of day (ORG-6).
        TimeOfDay = "TIME_OF_DAY",
        /// A working window begins before the one before it ends (ORG-6).
        WindowsOverlap = "WINDOWS_OVERLAP",
        /// Not a calendar file, or one without events (ORG-6).
        NoCalendar = "NO_CALENDAR",
        /// No network address and no network.
        Network = "NETWORK",
        /// Not of the form of a policy row's name.
        PolicyRowName = "POLICY_ROW_NAME",
        /// There is no such row in the policy.
        PolicyRowUnknown = "POLICY_ROW_UNKNOWN",
        /// The policy has a row of this name.
        PolicyRowTaken = "POLICY_ROW_TAKEN",
        /// The row stands twice in the change.
        PolicyRowTwice = "POLICY_ROW_TWICE",
        /// The change leaves the row as it is.
        PolicyRowSame = "POLICY_ROW_SAME",
        /// The row became another one since the change was drafted.
        PolicyRowChanged = "POLICY_ROW_CHANGED",
        /// There is no such action on such an object.
        PolicyPairUnknown = "POLICY_PAIR_UNKNOWN",
        /// Objects of the kind know no such scope.
        PolicyScopeUnknown = "POLICY_SCOPE_UNKNOWN",
        /// No parameter of the rulebook that is an amount.
        PolicyLimitUnknown = "POLICY_LIMIT_UNKNOWN",
        /// Objects of the kind have no amount to limit.
        PolicyWithoutAmount = "POLICY_WITHOUT_AMOUNT",
        /// The regulations have no such clause.
        PolicyClauseUnknown = "POLICY_CLAUSE_UNKNOWN",
        /// The file is empty (ARC-8).
        FileEmpty = "FILE_EMPTY",
        /// The object was voided, so that nothing is hung on it (ARC-8).
        ObjectVoided = "OBJECT_VOIDED",
        /// Not a natural person whose data can be erased (PIP-3).
        NotAPerson = "NOT_A_PERSON",
    }
}

vocabulary! {
    /// What to do next after a refusal.
    pub enum RemedyKey in "remedy" {
        /// Ask for a grant; the approvers named can give it (LKP-1, LKP-2).
        AskLookup = "ASK_LOOKUP",
        /// Somebody in one of the roles named can decide it.
        AskApprover = "ASK_APPROVER",
        /// Somebody without a stake in the case decides it.
        LeaveToOthers = "LEAVE_TO_OTHERS",
        /// Use the archive that exists, or ask its department.
        UseExisting = "USE_EXISTING",
        /// Enter it all the same and say why it is another customer (ARC-2).
        GiveReason = "GIVE_REASON",
        /// Wait for the open request, or withdraw it.
        AwaitRequest = "AWAIT_REQUEST",
        /// Read the object again, then repeat the change.
        Reload = "RELOAD",
        /// Take a new idempotency key.
        NewKey = "NEW_KEY",
        /// Wait for the decision (CMP-15).
        AwaitDecision = "AWAIT_DECISION",
        /// Wait until the goods are sold or their time is over (LOS-2).
        AwaitResale = "AWAIT_RESALE",
        /// Let the shares add up to 100 % (DIS-1).
        AdjustShares = "ADJUST_SHARES",
        /// Hear the person first (DIS-5).
        HearPerson = "HEAR_PERSON",
        /// Ask for a new grant.
        AskAgain = "ASK_AGAIN",
        /// The holder of the role delegates it himself (ORG-4).
        AskRoleHolder = "ASK_ROLE_HOLDER",
        /// Give the role to somebody else first.
        AssignAnother = "ASSIGN_ANOTHER",
        /// Leave the row that gives the means, or give them by another row first (ORG-3).
        KeepMeans = "KEEP_MEANS",
        /// Draft the change again on the policy as it is now.
        DraftAgain = "DRAFT_AGAIN",
        /// End the open cases first (PIP-3).
        EndCases = "END_CASES",
        /// Wait until the hold is lifted (PIP-4).
        LiftHold = "LIFT_HOLD",
        /// Decide again when the period is over (PIP-5).
        AwaitRetention = "AWAIT_RETENTION",
    }
}

/// Named values for the placeholders of a text.
pub type Params = Vec<(&'static str, String)>;

/// What the viewer can do about a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Which text says it.
    pub key: RemedyKey,
    /// Values for that text's placeholders.
    pub params: Params,
    /// The mutation that does it, where there is one.
    pub mutation: Option<&'static str>,
    /// The roles that can decide it, lowest first; empty where nobody's approval is needed.
    pub approvers: Vec<Role>,
}

impl Remedy {
    /// A remedy without parameters, mutation or approvers.
    pub fn new(key: RemedyKey) -> Self {
        Self {
            key,
            params: Params::new(),
            mutation: None,
            approvers: Vec::new(),
        }
    }

    /// Sets a placeholder's value.
    pub fn param(mut self, name: &'static str, value: impl ToString) -> Self {
        set_param(&mut self.params, name, value.to_string());
        self
    }

    /// Names the mutation.
    pub fn mutation(mut self, name: &'static str) -> Self {
        self.mutation = Some(name);
        self
    }

    /// Names the roles that can decide.
    pub fn approvers(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.approvers = roles.into_iter().collect();
        self
    }

    /// The remedy in words. `{approvers}` stands for the labels of the roles.
    pub fn message(&self, language: Language) -> String {
        let mut params = self.params.clone();
        let labels: Vec<_> = self
            .approvers
            .iter()
            .map(|role| role.label(language))
            .collect();
        let separator = if language == Language::En {
            ", "
        } else {
            "、"
        };
        set_param(&mut params, "approvers", labels.join(separator));
        text(language, &self.key.text_key(), &params)
    }
}

/// A refusal of the rules: nothing was done, and this is why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind of refusal.
    pub code: Code,
    /// The particular fault, where the code has several.
    pub detail: Option<Detail>,
    /// The clause it rests on; `None` for what no regulation says, such as a missing text.
    pub clause: Option<Clause>,
    /// The path to the input field, outermost first, in the API's spelling; empty where no field is at fault.
    pub path: Vec<String>,
    /// Values for the text's placeholders.
    pub params: Params,
    /// What to do next.
    pub remedy: Option<Remedy>,
}

impl Refusal {
    /// A refusal with the code's own clause and nothing else.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            clause: code.clause(),
            path: Vec::new(),
            params: Params::new(),
            remedy: None,
        }
    }

    /// Says which fault it is.
    pub fn detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Names the clause it rests on.
    pub fn clause(mut self, clause: Clause) -> Self {
        self.clause = Some(clause);
        self
    }

    /// Puts a field (`amount`) or a place in a list (`0`) at the **front** of the path, so that a caller can add where
    /// the checked part stands in its own input.
    pub fn at(mut self, field: impl ToString) -> Self {
        self.path.insert(0, field.to_string());
        self
    }

    /// Sets a placeholder's value, replacing an earlier one of that name.
    pub fn param(mut self, name: &'static str, value: impl ToString) -> Self {
        set_param(&mut self.params, name, value.to_string());
        self
    }

    /// Sets a placeholder to a value of the vocabulary, shown by its label in the reader's language.
    pub fn labelled(mut self, name: &'static str, value: impl Vocabulary) -> Self {
        set_param(&mut self.params, name, value.text_key());
        self
    }

    /// Says what to do next.
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// The refusal in words.
    pub fn message(&self, language: Language) -> String {
        let key = match self.detail {
            Some(detail) => detail.text_key(),
            None => self.code.text_key(),
        };
        // A parameter set by `labelled` holds the key of a text; any other is its own text.
        let shown = |(name, value): &(&'static str, String)| {
            let value = if value.starts_with("label.") {
                text(language, value, &[])
            } else {
                value.clone()
            };
            (*name, value)
        };
        text(
            language,
            &key,
            &self.params.iter().map(shown).collect::<Vec<_>>(),
        )
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

fn set_param(params: &mut Params, name: &'static str, value: String) {
    match params.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = value,
        None => params.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::ApprovalState;

    #[test]
    fn a_refusal_reads_in_the_viewers_language() {
        let refusal = Refusal::new(Code::TooLong)
            .param("max", 500)
            .at("reason")
            .at("input");
        assert_eq!(refusal.path, ["input", "reason"]);
        assert_eq!(refusal.message(Language::ZhCn), "最多 500 个字。");
        assert_eq!(refusal.message(Language::ZhTw), "最多 500 個字。");
        assert_eq!(refusal.message(Language::En), "At most 500 characters.");
    }

    #[test]
    fn a_detail_replaces_the_general_text() {
        let refusal = Refusal::new(Code::OutOfRange).detail(Detail::FutureDate);
        assert_eq!(
            refusal.message(Language::En),
            "The date lies in the future."
        );
    }

    #[test]
    fn a_value_of_the_vocabulary_is_shown_by_its_label() {
        let refusal = Refusal::new(Code::WrongState).labelled("state", ApprovalState::Withdrawn);
        assert_eq!(
            refusal.message(Language::ZhTw),
            "目前狀態（已撤回）下無法執行此操作。"
        );
        assert_eq!(
            refusal.message(Language::En),
            "Not possible in the state Withdrawn."
        );
    }

    #[test]
    fn a_remedy_names_the_roles() {
        let remedy = Remedy::new(RemedyKey::AskApprover)
            .approvers([Role::DeputyGeneralManager, Role::GeneralManager]);
        assert_eq!(
            remedy.message(Language::ZhCn),
            "请交由以下角色决定：副总经理、总经理。"
        );
    }

    #[test]
    fn rul_1_codes_of_one_regulation_cite_its_clause() {
        assert_eq!(
            Refusal::new(Code::DuplicateCustomer).clause,
            Some(Clause("ARC-2"))
        );
        for code in Code::ALL {
            if let Some(clause) = code.clause() {
                assert_eq!(Clause::known(clause.number()), Some(clause), "{code}");
            }
        }
    }
}
