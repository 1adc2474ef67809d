//! The printed schema is the schema.

use kehu::schema::Schema;

/// `schema.graphql` shows what the server has; `KEHU_BLESS=1 cargo test` writes it anew.
#[test]
fn the_printed_schema_is_the_schema() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let sdl = Schema::new(true).sdl();
    if std::env::var_os("KEHU_BLESS").is_some() {
        std::fs::write(file, &sdl).ok();
    }
    let printed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        printed == sdl,
        "schema.graphql is out of date: run KEHU_BLESS=1 cargo test --test it schema::"
    );
}
