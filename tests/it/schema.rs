//! The printed schema is the schema.

use kehu::schema::Schema;

use crate::support::golden;

/// `schema.graphql` shows what the server has; `KEHU_BLESS=1 cargo test` writes it anew.
#[test]
fn the_printed_schema_is_the_schema() {
    golden("schema.graphql", &Schema::new(true).sdl());
}
