//! What the mutations of customers take. The comments are the API's text.

use async_graphql::{ID, InputObject, MaybeUndefined};
use rules::vocabulary::{
    AddressKind, ContactKind, CustomerCategory, CustomerGrade, CustomerKind, CustomerSource,
    CustomerStanding,
};

use crate::kit::scalars::{Date, DateTime, Decimal, Long};

/// One of the company's own fields (ARC-3).
#[derive(InputObject)]
pub(super) struct CustomFieldInput {
    /// Its name.
    pub(super) name: String,
    /// Its text.
    pub(super) value: String,
}

/// A contact person (ARC-3).
#[derive(InputObject)]
pub(super) struct ContactInput {
    /// Name.
    pub(super) name: String,
    /// Position at the customer.
    pub(super) position: Option<String>,
    /// Phone as written.
    pub(super) phone: Option<String>,
    /// E-mail address.
    pub(super) email: Option<String>,
    /// Whether it is the main contact; there is one at most.
    pub(super) is_primary: Option<bool>,
    /// Remark.
    pub(super) remark: Option<String>,
}

/// An address (ARC-3).
#[derive(InputObject)]
pub(super) struct AddressInput {
    /// What it is for.
    pub(super) kind: AddressKind,
    /// Address as written.
    pub(super) line: String,
    /// Province, city and district.
    pub(super) region: Option<String>,
    /// Postal code.
    pub(super) postal_code: Option<String>,
}

/// A new customer (ARC-1 to ARC-4).
#[derive(InputObject)]
pub(super) struct CustomerEnterInput {
    /// Company or person. Of a person the directory card shows number, masked name and department only (ARC-9).
    pub(super) kind: CustomerKind,
    /// Whether it buys, intends to buy, or uses (ARC-1).
    pub(super) standing: CustomerStanding,
    /// Name.
    pub(super) name: String,
    /// Category (ARC-4).
    pub(super) category: CustomerCategory,
    /// Grade (INF-2), where it has one.
    pub(super) grade: Option<CustomerGrade>,
    /// Department whose customer it is; the viewer's own when left out.
    pub(super) department: Option<ID>,
    /// Owning salesperson; when left out the viewer, where he belongs to the customer's department, else nobody.
    pub(super) owner: Option<ID>,
    /// Unified social credit code. The same code as another customer's is refused (ARC-2).
    pub(super) credit_code: Option<String>,
    /// Enterprise nature 企业性质.
    pub(super) enterprise_nature: Option<String>,
    /// Supervising unit 主管单位.
    pub(super) supervising_unit: Option<String>,
    /// Where it came from (INF-1).
    pub(super) source: Option<CustomerSource>,
    /// Day of first contact, today at the latest.
    pub(super) first_contact_on: Option<Date>,
    /// The company's own fields.
    pub(super) custom: Option<Vec<CustomFieldInput>>,
    /// Contact persons.
    pub(super) contacts: Option<Vec<ContactInput>>,
    /// Addresses.
    pub(super) addresses: Option<Vec<AddressInput>>,
    /// Why it is another customer than those it looks like: asked for by `LIKELY_DUPLICATE` (ARC-2).
    pub(super) duplicate_reason: Option<String>,
}

/// What changes of a customer's profile; what is left out stays, null takes out (ARC-3).
#[derive(InputObject)]
pub(super) struct CustomerChangeInput {
    /// The customer.
    pub(super) customer: ID,
    /// The version that was read; another one is refused with what changed since, and by whom.
    pub(super) expected_version: i32,
    /// Company or person.
    pub(super) kind: Option<CustomerKind>,
    /// Standing (ARC-1).
    pub(super) standing: Option<CustomerStanding>,
    /// Name.
    pub(super) name: Option<String>,
    /// Category (ARC-4).
    pub(super) category: Option<CustomerCategory>,
    /// Grade (INF-2).
    pub(super) grade: MaybeUndefined<CustomerGrade>,
    /// Unified social credit code.
    pub(super) credit_code: MaybeUndefined<String>,
    /// Enterprise nature 企业性质.
    pub(super) enterprise_nature: MaybeUndefined<String>,
    /// Supervising unit 主管单位.
    pub(super) supervising_unit: MaybeUndefined<String>,
    /// Where it came from (INF-1).
    pub(super) source: MaybeUndefined<CustomerSource>,
    /// Day of first contact.
    pub(super) first_contact_on: MaybeUndefined<Date>,
    /// The company's own fields, all of them.
    pub(super) custom: Option<Vec<CustomFieldInput>>,
    /// Why it is another customer than those it looks like now (ARC-2).
    pub(super) duplicate_reason: Option<String>,
    /// Why it changes (ARC-7).
    pub(super) reason: Option<String>,
}

/// Whose a customer is to be (LKP-3); what is left out stays.
#[derive(InputObject)]
pub(super) struct CustomerAssignInput {
    /// The customer.
    pub(super) customer: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// The new owner; null: nobody.
    pub(super) owner: MaybeUndefined<ID>,
    /// The new department. Open lookup requests take the way of this department.
    pub(super) department: Option<ID>,
    /// Why.
    pub(super) reason: Option<String>,
}

/// A co-owner to be assigned (LKP-3).
#[derive(InputObject)]
pub(super) struct CoOwnerAddInput {
    /// The customer.
    pub(super) customer: ID,
    /// The employee.
    pub(super) employee: ID,
}

/// A co-ownership to be ended.
#[derive(InputObject)]
pub(super) struct CoOwnerEndInput {
    /// The co-ownership.
    pub(super) co_owner: ID,
}

/// A contact person to be added.
#[derive(InputObject)]
pub(super) struct ContactAddInput {
    /// The customer.
    pub(super) customer: ID,
    /// The contact person.
    pub(super) entry: ContactInput,
}

/// A contact person to be changed.
#[derive(InputObject)]
pub(super) struct ContactChangeInput {
    /// The contact.
    pub(super) contact: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// The whole entry anew.
    pub(super) entry: ContactInput,
}

/// A contact person to be voided.
#[derive(InputObject)]
pub(super) struct ContactVoidInput {
    /// The contact.
    pub(super) contact: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// Why.
    pub(super) reason: String,
}

/// An address to be added.
#[derive(InputObject)]
pub(super) struct AddressAddInput {
    /// The customer.
    pub(super) customer: ID,
    /// The address.
    pub(super) entry: AddressInput,
}

/// An address to be voided.
#[derive(InputObject)]
pub(super) struct AddressVoidInput {
    /// The address.
    pub(super) address: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// Why.
    pub(super) reason: String,
}

/// A purchase to be added.
#[derive(InputObject)]
pub(super) struct PurchaseAddInput {
    /// The customer.
    pub(super) customer: ID,
    /// Day of purchase, today at the latest.
    pub(super) purchased_on: Date,
    /// What was bought.
    pub(super) product: String,
    /// How many, in the product's own unit.
    pub(super) quantity: Long,
    /// For how much, CNY.
    pub(super) amount: Decimal,
    /// Order it came under.
    pub(super) order_number: Option<String>,
}

/// A purchase to be voided.
#[derive(InputObject)]
pub(super) struct PurchaseVoidInput {
    /// The purchase.
    pub(super) purchase: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// Why.
    pub(super) reason: String,
}

/// A note to be added (ARC-6).
#[derive(InputObject)]
pub(super) struct NoteAddInput {
    /// The customer.
    pub(super) customer: ID,
    /// The note.
    pub(super) body: String,
}

/// A note to be voided.
#[derive(InputObject)]
pub(super) struct NoteVoidInput {
    /// The note.
    pub(super) note: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// Why.
    pub(super) reason: String,
}

/// A contact or visit of the viewer's that took place.
#[derive(InputObject)]
pub(super) struct ContactLogAddInput {
    /// The customer.
    pub(super) customer: ID,
    /// By which means.
    pub(super) kind: ContactKind,
    /// When, now at the latest.
    pub(super) happened_at: DateTime,
    /// What was said.
    pub(super) summary: String,
}

/// An entry of the contact log to be voided.
#[derive(InputObject)]
pub(super) struct ContactLogVoidInput {
    /// The entry.
    pub(super) entry: ID,
    /// The version that was read.
    pub(super) expected_version: i32,
    /// Why.
    pub(super) reason: String,
}
