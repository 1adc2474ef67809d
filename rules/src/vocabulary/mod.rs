//! Every enum people see, with its names, descriptions and labels.
//!
//! A value's name (`OTHER_DEPARTMENT`) is the same in the database, in GraphQL and in JSON; its description is the
//! doc comment here; its label comes from `locales/`. Features: `orm` makes each enum a text column's type, `graphql`
//! an input and output enum. Pitfall: a name once released stays, because rows hold it.

mod calendar;
mod complaints;
mod customers;
mod decisions;
mod discipline;
mod erasure;
mod files;
mod forms;
mod lookups;
mod losses;
mod notices;
mod obligations;
mod organisation;
mod role;
mod sections;
mod sheets;

#[cfg(feature = "graphql")]
pub mod graphql;

use std::fmt;

pub use calendar::{DayKind, EventSkipped, SpanUnit};
pub use complaints::{
    ComplaintClass, ComplaintState, DemandKind, Market, ReplyChannel, Station, StayOutcome,
};
pub use customers::{
    AddressKind, ArchiveState, ContactKind, CustomerCategory, CustomerGrade, CustomerKind,
    CustomerSource, CustomerStanding, FilingState,
};
pub use decisions::{
    ApprovalEventKind, ApprovalState, ApprovalVerdict, AuditPart, EnforcementKind, ParameterKind,
    PolicyChangeState, PolicyEffect, PolicyRowChange, RevisionEffect, RevisionState, StageMode,
    StakeReason, StepState,
};
pub use discipline::{BearerKind, DisciplineGrade, DisciplineGround};
pub use erasure::{ErasureOrigin, ErasureState};
pub use files::FileScan;
pub use forms::FormCode;
pub use lookups::{LookupRoute, LookupState, ReadingBasis};
pub use losses::LossKind;
pub use notices::{MailState, NoticeCode};
pub use obligations::{DeadlineEntryKind, ObligationState, OverdueStep};
pub use organisation::{AccessEnd, ChannelKind, DepartmentKind, DepartmentTier, EmploymentState};
pub use role::Role;
pub use sections::{ArchiveSection, Sections};
pub use sheets::{SheetInput, SheetStep};

pub use crate::kit::language::Language;

/// What every enum of the vocabulary can say of itself.
pub trait Vocabulary:
    Copy + Eq + Send + Sync + Sized + std::str::FromStr<Err = UnknownValue> + 'static
{
    /// The enum's name, as GraphQL shows it.
    const TYPE_NAME: &'static str;
    /// What the enum is.
    const DESCRIPTION: &'static str;
    /// Where its texts stand in the locale files, such as `label.Market`.
    const SECTION: &'static str;

    /// Name and description of each value, in the order of declaration.
    fn variants() -> &'static [(&'static str, &'static str)];

    /// The value's name.
    fn as_str(self) -> &'static str;

    /// The key of the value's text in the locale files.
    fn text_key(self) -> String {
        format!("{}.{}", Self::SECTION, self.as_str())
    }
}

/// A text that is no value of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue {
    /// The enum's name.
    pub type_name: &'static str,
    /// The text.
    pub value: String,
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a {}", self.value, self.type_name)
    }
}

impl std::error::Error for UnknownValue {}

/// Declares an enum of the vocabulary: doc comments become descriptions, the strings names.
/// `in "section"` puts its texts under another section than `label.<Enum>`.
macro_rules! vocabulary {
    ($(#[doc = $doc:literal])+ pub enum $name:ident { $($values:tt)+ }) => {
        $crate::vocabulary::vocabulary! {
            @ concat!("label.", stringify!($name)), $(#[doc = $doc])+ pub enum $name { $($values)+ }
        }
    };
    ($(#[doc = $doc:literal])+ pub enum $name:ident in $section:literal { $($values:tt)+ }) => {
        $crate::vocabulary::vocabulary! { @ $section, $(#[doc = $doc])+ pub enum $name { $($values)+ } }
    };
    (@ $section:expr, $(#[doc = $doc:literal])+ pub enum $name:ident {
        $( $(#[doc = $value_doc:literal])+ $value:ident = $text:literal, )+
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "orm", derive(sea_orm::DeriveValueType))]
        #[cfg_attr(feature = "orm", sea_orm(value_type = "String"))]
        pub enum $name {
            $( $(#[doc = $value_doc])+ $value, )+
        }

        impl $name {
            /// All values, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$value, )+];

            /// The value's name, as the database and GraphQL have it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$value => $text, )+
                }
            }

            /// What the value means, in English, for the schema.
            pub const fn description(self) -> &'static str {
                match self {
                    $( Self::$value => concat!($($value_doc),+).trim_ascii(), )+
                }
            }

            /// What people call the value.
            pub fn label(self, language: $crate::kit::language::Language) -> String {
                $crate::text::text(language, &$crate::vocabulary::Vocabulary::text_key(self), &[])
            }
        }

        impl $crate::vocabulary::Vocabulary for $name {
            const TYPE_NAME: &'static str = stringify!($name);
            const DESCRIPTION: &'static str = concat!($($doc),+).trim_ascii();
            const SECTION: &'static str = $section;

            fn variants() -> &'static [(&'static str, &'static str)] {
                const VARIANTS: &[(&str, &str)] = &[$( ($text, $name::$value.description()), )+];
                VARIANTS
            }

            fn as_str(self) -> &'static str {
                Self::as_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$value), )+
                    _ => Err($crate::vocabulary::UnknownValue {
                        type_name: stringify!($name),
                        value: text.to_owned(),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "graphql")]
        $crate::vocabulary::graphql::graphql_enum!($name);

        // Named after the enum, so that each declaration brings its own test.
        #[cfg(test)]
        #[test]
        #[allow(non_snake_case)]
        fn $name() {
            $crate::vocabulary::tests::check::<$name>($name::ALL);
        }
    };
}
pub(crate) use vocabulary;

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::has_text;

    /// Every value has its own name, reads back from it, is described, and has a label in all three languages.
    pub(crate) fn check<T: Vocabulary + fmt::Debug>(all: &[T]) {
        let names: BTreeSet<_> = all.iter().map(|value| value.as_str()).collect();
        assert_eq!(names.len(), all.len(), "{}: a name twice", T::TYPE_NAME);
        assert_eq!(T::variants().len(), all.len());
        assert!(!T::DESCRIPTION.is_empty());
        for (value, (name, description)) in all.iter().zip(T::variants()) {
            assert_eq!(value.as_str(), *name);
            assert_eq!(name.parse::<T>().as_ref(), Ok(value));
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
            );
            assert!(!description.is_empty(), "{name} has no description");
            for language in Language::ALL {
                assert!(
                    has_text(*language, &value.text_key()),
                    "{} in {}",
                    value.text_key(),
                    language.tag()
                );
            }
        }
        assert!("no such value".parse::<T>().is_err());
    }

    #[test]
    fn a_value_is_its_name_in_json() {
        assert_eq!(
            serde_json::to_string(&LookupRoute::OtherDepartment).unwrap(),
            "\"OTHER_DEPARTMENT\""
        );
        assert_eq!(
            serde_json::from_str::<CustomerGrade>("\"A\"").unwrap(),
            CustomerGrade::A
        );
        let error = serde_json::from_str::<CustomerGrade>("\"F\"").unwrap_err();
        assert!(error.to_string().contains("\"F\" is not a CustomerGrade"));
    }

    fn names<T: Vocabulary>() -> Vec<&'static str> {
        T::variants().iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn org_1_departments_are_of_fifteen_kinds() {
        assert_eq!(DepartmentKind::ALL.len(), 15);
    }

    #[test]
    fn arc_1_a_customer_has_bought_intends_to_or_uses() {
        assert_eq!(names::<CustomerStanding>(), ["BUYER", "INTENDING", "USER"]);
    }

    #[test]
    fn arc_4_a_customer_is_of_one_of_four_categories() {
        assert_eq!(
            names::<CustomerCategory>(),
            ["TARGET", "GENERAL", "KEY", "POTENTIAL"]
        );
    }

    #[test]
    fn cmp_1_a_complaint_is_of_one_of_two_classes() {
        assert_eq!(names::<ComplaintClass>(), ["QUALITY", "NON_QUALITY"]);
    }

    #[test]
    fn labels_come_in_the_language_asked_for() {
        assert_eq!(CustomerCategory::Key.label(Language::ZhCn), "重点客户");
        assert_eq!(CustomerCategory::Key.label(Language::ZhTw), "重點客戶");
        assert_eq!(CustomerCategory::Key.label(Language::En), "Key customer");
        assert_eq!(
            CustomerCategory::Key.description(),
            "A customer the company puts weight on, 重点客户."
        );
    }
}

#[cfg(all(test, feature = "orm"))]
mod orm_tests {
    //! That a plain entity can have columns of these types.
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{Nullable, ValueType};

    use super::*;
    use crate::kit::money::Fen;

    mod sample {
        use super::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "sample")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub kind: CustomerKind,
            pub grade: Option<CustomerGrade>,
            pub amount_fen: Fen,
            pub limit_fen: Option<Fen>,
            pub sections: Sections,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[test]
    fn values_are_text_and_money_is_fen() {
        assert_eq!(Value::from(CustomerKind::Person), Value::from("PERSON"));
        assert_eq!(
            <CustomerKind as ValueType>::try_from(Value::from("PERSON")).unwrap(),
            CustomerKind::Person
        );
        assert!(<CustomerKind as ValueType>::try_from(Value::from("DOG")).is_err());
        assert_eq!(<CustomerGrade as Nullable>::null(), Value::String(None));
        assert_eq!(Value::from(Fen::new(5)), Value::BigInt(Some(5)));
        assert_eq!(
            Value::from(Sections::ALL),
            Value::Int(Some(Sections::ALL.bits()))
        );
        assert!(sample::Column::Grade.def().is_null());
        let _ = sample::Entity::find().filter(sample::Column::Kind.eq(CustomerKind::Company));
    }
}
