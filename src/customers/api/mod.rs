//! The mutations of customers.

mod inputs;

use async_graphql::MaybeUndefined;
use rules::kit::refusal::Refusal;

use super::commands::{self, CustomerChange, NewAddress, NewContact, NewCustomer, NewPurchase};
use crate::acting::Acting;
use crate::work::inputs::{id, optional_id};
use crate::work::{Done, Mutations};
use inputs::{
    AddressAddInput, AddressInput, AddressVoidInput, CoOwnerAddInput, CoOwnerEndInput,
    ContactAddInput, ContactChangeInput, ContactInput, ContactLogAddInput, ContactLogVoidInput,
    ContactVoidInput, CustomFieldInput, CustomerAssignInput, CustomerChangeInput,
    CustomerEnterInput, NoteAddInput, NoteVoidInput, PurchaseAddInput, PurchaseVoidInput,
};

impl From<ContactInput> for NewContact {
    fn from(input: ContactInput) -> Self {
        Self {
            name: input.name,
            position: input.position,
            phone: input.phone,
            email: input.email,
            is_primary: input.is_primary.unwrap_or_default(),
            remark: input.remark,
        }
    }
}

impl From<AddressInput> for NewAddress {
    fn from(input: AddressInput) -> Self {
        Self {
            kind: input.kind,
            line: input.line,
            region: input.region,
            postal_code: input.postal_code,
        }
    }
}

fn pairs(fields: Vec<CustomFieldInput>) -> Vec<(String, String)> {
    fields
        .into_iter()
        .map(|field| (field.name, field.value))
        .collect()
}

/// Left out: stays; null: taken out.
fn given<T, U>(value: MaybeUndefined<T>, of: impl FnOnce(T) -> U) -> Option<Option<U>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(of(value))),
    }
}

impl CustomerEnterInput {
    fn read(self) -> Result<NewCustomer, Refusal> {
        Ok(NewCustomer {
            kind: self.kind,
            standing: self.standing,
            name: self.name,
            category: self.category,
            grade: self.grade,
            department: optional_id("department", "department", self.department.as_ref())?,
            owner: optional_id("employee", "owner", self.owner.as_ref())?,
            credit_code: self.credit_code,
            enterprise_nature: self.enterprise_nature,
            supervising_unit: self.supervising_unit,
            source: self.source,
            first_contact_on: self.first_contact_on.map(|date| date.0),
            custom: pairs(self.custom.unwrap_or_default()),
            contacts: self
                .contacts
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            addresses: self
                .addresses
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            duplicate_reason: self.duplicate_reason,
        })
    }
}

async fn enter(acting: &Acting, input: CustomerEnterInput) -> Done {
    commands::enter(acting, input.read()?).await
}

async fn change(acting: &Acting, input: CustomerChangeInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    let change = CustomerChange {
        kind: input.kind,
        standing: input.standing,
        name: input.name,
        category: input.category,
        grade: given(input.grade, |g| g),
        credit_code: given(input.credit_code, |c| c),
        enterprise_nature: given(input.enterprise_nature, |n| n),
        supervising_unit: given(input.supervising_unit, |u| u),
        source: given(input.source, |s| s),
        first_contact_on: given(input.first_contact_on, |date| date.0),
        custom: input.custom.map(pairs),
        duplicate_reason: input.duplicate_reason,
        reason: input.reason,
    };
    commands::change(acting, customer, input.expected_version, change).await
}

async fn assign(acting: &Acting, input: CustomerAssignInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    let owner = match &input.owner {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(owner) => Some(Some(id("employee", "owner", owner)?)),
    };
    let to = optional_id("department", "department", input.department.as_ref())?;
    commands::assign(
        acting,
        customer,
        input.expected_version,
        owner,
        to,
        input.reason.as_deref(),
    )
    .await
}

async fn add_co_owner(acting: &Acting, input: CoOwnerAddInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    let employee = id("employee", "employee", &input.employee)?;
    commands::add_co_owner(acting, customer, employee).await
}

async fn end_co_owner(acting: &Acting, input: CoOwnerEndInput) -> Done {
    commands::end_co_owner(acting, id("coowner", "coOwner", &input.co_owner)?).await
}

async fn add_contact(acting: &Acting, input: ContactAddInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    commands::add_contact(acting, customer, input.entry.into()).await
}

async fn change_contact(acting: &Acting, input: ContactChangeInput) -> Done {
    let contact = id("contact", "contact", &input.contact)?;
    commands::change_contact(acting, contact, input.expected_version, input.entry.into()).await
}

async fn add_address(acting: &Acting, input: AddressAddInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    commands::add_address(acting, customer, input.entry.into()).await
}

async fn add_purchase(acting: &Acting, input: PurchaseAddInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    let new = NewPurchase {
        purchased_on: input.purchased_on.0,
        product: input.product,
        quantity: input.quantity.0,
        amount: input.amount.0,
        order_number: input.order_number,
    };
    commands::add_purchase(acting, customer, new).await
}

async fn add_note(acting: &Acting, input: NoteAddInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    commands::add_note(acting, customer, &input.body).await
}

async fn add_contact_log(acting: &Acting, input: ContactLogAddInput) -> Done {
    let customer = id("customer", "customer", &input.customer)?;
    commands::add_contact_log(
        acting,
        customer,
        input.kind,
        input.happened_at.0,
        &input.summary,
    )
    .await
}

macro_rules! void {
    ($name:ident, $input:ident, $field:ident, $prefix:literal, $path:literal, $command:ident) => {
        async fn $name(acting: &Acting, input: $input) -> Done {
            let entry = id($prefix, $path, &input.$field)?;
            commands::$command(acting, entry, input.expected_version, &input.reason).await
        }
    };
}

void!(
    void_contact,
    ContactVoidInput,
    contact,
    "contact",
    "contact",
    void_contact
);
void!(
    void_address,
    AddressVoidInput,
    address,
    "address",
    "address",
    void_address
);
void!(
    void_purchase,
    PurchaseVoidInput,
    purchase,
    "purchase",
    "purchase",
    void_purchase
);
void!(void_note, NoteVoidInput, note, "note", "note", void_note);
void!(
    void_log_entry,
    ContactLogVoidInput,
    entry,
    "contactlog",
    "entry",
    void_log_entry
);

const CUSTOMER: (&str, &str, &str) = ("customer", "Customer", "The customer; null when refused.");

/// Declares the mutations.
pub fn mutations(m: &mut Mutations) {
    let (field, ty, doc) = CUSTOMER;
    m.add(
        "customerEnter",
        "Enters a customer: one archive with a unique number, duplicates found (ARC-2).",
        |acting, input| Box::pin(enter(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "customerChange",
        "Changes a customer's profile (ARC-3); old values are kept (ARC-7).",
        |acting, input| Box::pin(change(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "customerAssign",
        "Gives a customer another owner or department; the manager's right (LKP-3).",
        |acting, input| Box::pin(assign(acting, input)),
    )
    .gives(field, ty, doc);
    m.add(
        "coOwnerAdd",
        "Assigns a co-owner, who reads the archive as the owner does; the manager's right (LKP-3).",
        |acting, input| Box::pin(add_co_owner(acting, input)),
    )
    .gives(
        "coOwner",
        "CustomerCoOwner",
        "The co-ownership; null when refused.",
    )
    .gives(field, ty, doc);
    m.add(
        "coOwnerEnd",
        "Ends a co-ownership at once (LKP-3).",
        |acting, input| Box::pin(end_co_owner(acting, input)),
    )
    .gives(
        "coOwner",
        "CustomerCoOwner",
        "The co-ownership; null when refused.",
    )
    .gives(field, ty, doc);
    entries(m);
}

fn entries(m: &mut Mutations) {
    let (field, ty, doc) = CUSTOMER;
    let contact = "The contact person; null when refused.";
    m.add(
        "contactAdd",
        "Adds a contact person (ARC-3).",
        |acting, input| Box::pin(add_contact(acting, input)),
    )
    .gives("contact", "CustomerContact", contact)
    .gives(field, ty, doc);
    m.add(
        "contactChange",
        "Changes a contact person (ARC-3).",
        |acting, input| Box::pin(change_contact(acting, input)),
    )
    .gives("contact", "CustomerContact", contact)
    .gives(field, ty, doc);
    m.add(
        "contactVoid",
        "Voids a contact person; it stays in its history.",
        |acting, input| Box::pin(void_contact(acting, input)),
    )
    .gives("contact", "CustomerContact", contact)
    .gives(field, ty, doc);
    let address = "The address; null when refused.";
    m.add("addressAdd", "Adds an address (ARC-3).", |acting, input| {
        Box::pin(add_address(acting, input))
    })
    .gives("address", "CustomerAddress", address)
    .gives(field, ty, doc);
    m.add(
        "addressVoid",
        "Voids an address; it stays in its history.",
        |acting, input| Box::pin(void_address(acting, input)),
    )
    .gives("address", "CustomerAddress", address)
    .gives(field, ty, doc);
    let purchase = "The purchase; null when refused.";
    m.add("purchaseAdd", "Adds a purchase.", |acting, input| {
        Box::pin(add_purchase(acting, input))
    })
    .gives("purchase", "CustomerPurchase", purchase)
    .gives(field, ty, doc);
    m.add(
        "purchaseVoid",
        "Voids a purchase; it stays in its history.",
        |acting, input| Box::pin(void_purchase(acting, input)),
    )
    .gives("purchase", "CustomerPurchase", purchase)
    .gives(field, ty, doc);
    let note = "The note; null when refused.";
    m.add("noteAdd", "Adds a note (ARC-6).", |acting, input| {
        Box::pin(add_note(acting, input))
    })
    .gives("note", "CustomerNote", note)
    .gives(field, ty, doc);
    m.add(
        "noteVoid",
        "Voids a note; it stays in its history.",
        |acting, input| Box::pin(void_note(acting, input)),
    )
    .gives("note", "CustomerNote", note)
    .gives(field, ty, doc);
    let entry = "The entry; null when refused.";
    m.add(
        "contactLogAdd",
        "Records a contact or visit that took place.",
        |acting, input| Box::pin(add_contact_log(acting, input)),
    )
    .gives("entry", "ContactLogEntry", entry)
    .gives(field, ty, doc);
    m.add(
        "contactLogVoid",
        "Voids an entry of the contact log; it stays in its history.",
        |acting, input| Box::pin(void_log_entry(acting, input)),
    )
    .gives("entry", "ContactLogEntry", entry)
    .gives(field, ty, doc);
}
