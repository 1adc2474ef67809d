//! The vocabulary as GraphQL enums: what the macro's `InputType` and `OutputType` implementations share.
//!
//! Pitfall: async-graphql panics when two Rust types register one GraphQL name; whoever builds the read graph's types
//! registers an enum through its own `create_type_info`, never by hand.

use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, Registry};
use async_graphql::{InputType, InputValueError, InputValueResult, Name, Value};

use super::Vocabulary;

/// The enum's type for the registry, with all its descriptions.
pub fn meta_type<T: Vocabulary>() -> MetaType {
    let value = |&(name, description): &(&str, &str)| {
        let value = MetaEnumValue {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        (name.to_owned(), value)
    };
    MetaType::Enum {
        name: T::TYPE_NAME.to_owned(),
        description: Some(T::DESCRIPTION.to_owned()),
        enum_values: T::variants().iter().map(value).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// Registers the enum and gives its qualified name.
pub fn register<T: Vocabulary + InputType>(registry: &mut Registry) -> String {
    registry.create_input_type::<T, _>(async_graphql::registry::MetaTypeId::Enum, |_| {
        meta_type::<T>()
    })
}

/// Reads an enum value, or a string variable that names one.
///
/// # Errors
/// Where the value is of another kind or names no value of the enum.
pub fn parse<T: Vocabulary + InputType>(value: Option<Value>) -> InputValueResult<T> {
    let value = value.unwrap_or_default();
    let name = match &value {
        Value::Enum(name) => name.as_str(),
        Value::String(name) => name.as_str(),
        _ => return Err(InputValueError::expected_type(value)),
    };
    name.parse().map_err(InputValueError::custom)
}

/// The value as GraphQL writes it.
pub fn to_value<T: Vocabulary>(value: T) -> Value {
    Value::Enum(Name::new(value.as_str()))
}

macro_rules! graphql_enum {
    ($name:ident) => {
        impl async_graphql::InputType for $name {
            type RawValueType = Self;

            fn type_name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(<Self as $crate::vocabulary::Vocabulary>::TYPE_NAME)
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                $crate::vocabulary::graphql::register::<Self>(registry)
            }

            fn parse(value: Option<async_graphql::Value>) -> async_graphql::InputValueResult<Self> {
                $crate::vocabulary::graphql::parse(value)
            }

            fn to_value(&self) -> async_graphql::Value {
                $crate::vocabulary::graphql::to_value(*self)
            }

            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                Some(self)
            }
        }

        impl async_graphql::OutputType for $name {
            fn type_name() -> std::borrow::Cow<'static, str> {
                <Self as async_graphql::InputType>::type_name()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                $crate::vocabulary::graphql::register::<Self>(registry)
            }

            async fn resolve(
                &self,
                _: &async_graphql::ContextSelectionSet<'_>,
                _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<async_graphql::Value> {
                Ok($crate::vocabulary::graphql::to_value(*self))
            }
        }
    };
}
pub(crate) use graphql_enum;

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, InputObject, Object, Schema};

    use crate::vocabulary::{CustomerGrade, Role};

    struct Query;

    #[derive(InputObject)]
    struct Asked {
        grade: CustomerGrade,
        role: Option<Role>,
    }

    #[Object]
    impl Query {
        async fn grade(&self, input: Asked) -> CustomerGrade {
            match input.role {
                Some(_) => CustomerGrade::A,
                None => input.grade,
            }
        }
    }

    #[test]
    fn enums_stand_in_the_schema_with_descriptions() {
        let sdl = Schema::new(Query, EmptyMutation, EmptySubscription).sdl();
        assert!(sdl.contains("enum CustomerGrade {"), "{sdl}");
        assert!(sdl.contains("GENERAL_MANAGER"));
        assert!(sdl.contains("role: Role\n"));
        assert!(sdl.contains("grade: CustomerGrade!"));
    }
}
