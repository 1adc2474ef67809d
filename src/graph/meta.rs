//! async-graphql's type records, with everything we never use filled in: the one file that knows their full form.

use async_graphql::registry::{Deprecation, MetaEnumValue, MetaField, MetaInputValue, MetaType};
use indexmap::{IndexMap, IndexSet};

fn described(doc: &str) -> Option<String> {
    (!doc.is_empty()).then(|| doc.to_owned())
}

/// An argument or input field; the type as in SDL.
pub fn input(name: &str, ty: &str, doc: &str) -> MetaInputValue {
    MetaInputValue {
        name: name.to_owned(),
        description: described(doc),
        ty: ty.to_owned(),
        deprecation: Deprecation::NoDeprecated,
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    }
}

/// A field; the type as in SDL.
pub fn field(
    name: &str,
    ty: &str,
    doc: &str,
    args: impl IntoIterator<Item = MetaInputValue>,
) -> MetaField {
    MetaField {
        name: name.to_owned(),
        description: described(doc),
        args: args.into_iter().map(|a| (a.name.clone(), a)).collect(),
        ty: ty.to_owned(),
        deprecation: Deprecation::NoDeprecated,
        cache_control: Default::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// An object type.
pub fn object(name: &str, doc: &str, fields: impl IntoIterator<Item = MetaField>) -> MetaType {
    MetaType::Object {
        name: name.to_owned(),
        description: described(doc),
        fields: fields.into_iter().map(|f| (f.name.clone(), f)).collect(),
        cache_control: Default::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// The root of subscriptions.
pub fn subscription(
    name: &str,
    doc: &str,
    fields: impl IntoIterator<Item = MetaField>,
) -> MetaType {
    let mut root = object(name, doc, fields);
    if let MetaType::Object {
        is_subscription, ..
    } = &mut root
    {
        *is_subscription = true;
    }
    root
}

/// An interface.
pub fn interface(
    name: &str,
    doc: &str,
    fields: IndexMap<String, MetaField>,
    possible: IndexSet<String>,
) -> MetaType {
    MetaType::Interface {
        name: name.to_owned(),
        description: described(doc),
        fields,
        possible_types: possible,
        extends: false,
        keys: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// A union.
pub fn union(name: &str, doc: &str, possible: &[&str]) -> MetaType {
    MetaType::Union {
        name: name.to_owned(),
        description: described(doc),
        possible_types: possible.iter().map(|p| (*p).to_owned()).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
    }
}

/// An enum, its values with descriptions.
pub fn enumeration<'v>(
    name: &str,
    doc: &str,
    values: impl IntoIterator<Item = (&'v str, &'v str)>,
) -> MetaType {
    MetaType::Enum {
        name: name.to_owned(),
        description: described(doc),
        enum_values: values
            .into_iter()
            .map(|(value, doc)| {
                let record = MetaEnumValue {
                    name: value.to_owned(),
                    description: described(doc),
                    deprecation: Deprecation::NoDeprecated,
                    visible: None,
                    inaccessible: false,
                    tags: Vec::new(),
                    directive_invocations: Vec::new(),
                };
                (value.to_owned(), record)
            })
            .collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// An input object.
pub fn input_object(
    name: &str,
    doc: &str,
    fields: impl IntoIterator<Item = MetaInputValue>,
) -> MetaType {
    MetaType::InputObject {
        name: name.to_owned(),
        description: described(doc),
        input_fields: fields.into_iter().map(|f| (f.name.clone(), f)).collect(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        oneof: false,
        directive_invocations: Vec::new(),
    }
}

/// A scalar.
pub fn scalar(name: &str, doc: &str) -> MetaType {
    MetaType::Scalar {
        name: name.to_owned(),
        description: described(doc),
        is_valid: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        specified_by_url: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}
