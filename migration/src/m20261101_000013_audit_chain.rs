//! The chain of the audit log, and the order that events share with it.
//!
//! `audit_entry` and `audit_chain` are only ever added to: what may have to be erased lies beside them, and triggers refuse
//! anything else, whoever asks. Pitfall: no release has entries to keep, so the entries of before are not taken over.

use crate::draft::{Draft, forward_only};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The chain of the audit log.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// A transaction has its number before its entries have theirs, on which the sequencer relies.
const ORDER: &str = "
CREATE SEQUENCE audit_entry_order;
ALTER TABLE audit_entry ALTER COLUMN seq SET DEFAULT
    CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('audit_entry_order') END;
ALTER SEQUENCE audit_entry_order OWNED BY audit_entry.seq";

const REFUSE: &str = "
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME;
END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Every entry is an event by itself.
        for table in ["audit_entry", "event"] {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        Draft::table(manager, "audit_entry")
            .order_key("seq")
            .uuid("id")
            .unique(&["id"])
            .instant("at")
            .text("request_id")
            .text("part")
            .uuid_opt("actor_id")
            .text_opt("role")
            .uuid_opt("acted_for")
            .text("object_kind")
            .uuid_opt("object_id")
            .text("verb")
            .text_opt("clause")
            .blob_opt("detail_hash")
            .blob_opt("changes_hash")
            .index(&["at", "id"])
            .index(&["object_id", "at"])
            .index(&["actor_id", "at"])
            .index(&["request_id"])
            .create()
            .await?;

        Draft::table(manager, "audit_detail")
            .uuid("entry_id")
            .blob("salt")
            .json("detail")
            .primary_key(&["entry_id"])
            .create()
            .await?;

        Draft::table(manager, "audit_chain")
            .order_key("position")
            .uuid("entry_id")
            .unique(&["entry_id"])
            .blob("entry_hash")
            .instant("chained_at")
            .blob("previous")
            .blob("root")
            .index(&["chained_at"])
            .create()
            .await?;

        Draft::table(manager, "sequencer")
            .text_key("name")
            .uuid_opt("holder")
            .instant_opt("leased_until")
            .big("position")
            .blob("root")
            .big("settled")
            .create()
            .await?;

        for column in ["salt", "values_hash"] {
            let add = ColumnDef::new(column).blob().null().take();
            manager
                .alter_table(Table::alter().table("history").add_column(add).take())
                .await?;
        }
        let by_entry = Index::create()
            .name("history_audit_id_idx")
            .table("history")
            .col("audit_id")
            .take();
        manager.create_index(by_entry).await?;
        append_only(manager).await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        forward_only()
    }
}

async fn append_only(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    let root = vec![0_u8; 32];
    let insert = Query::insert()
        .into_table("sequencer")
        .columns(["name", "position", "root", "settled"])
        .values_panic(["audit".into(), 0_i64.into(), root.into(), 0_i64.into()])
        .take();
    db.execute(&insert).await?;
    if postgres {
        db.execute_unprepared(ORDER).await?;
        db.execute_unprepared(REFUSE).await?;
    }
    for table in ["audit_entry", "audit_chain"] {
        if postgres {
            let sql = format!(
                "CREATE TRIGGER {table}_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            );
            db.execute_unprepared(&sql).await?;
            continue;
        }
        for act in ["UPDATE", "DELETE"] {
            let name = act.to_lowercase();
            let sql = format!(
                "CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
            );
            db.execute_unprepared(&sql).await?;
        }
    }
    Ok(())
}
