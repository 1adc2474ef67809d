//! The organisation (ORG-1 to ORG-5, ORG-7).

mod employment;
mod people;
mod roles;
mod tree;
