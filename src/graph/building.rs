//! The declaring of a type: its fields, and what is said of each.

use super::declare::{Arg, BatchFn, Field, Gate, Read, Shape, Type};
use super::kind::Kind;

/// A type being declared; modifiers speak of the field added last.
pub struct Building<'g> {
    ty: &'g mut Type,
    last: &'static str,
}

impl<'g> Building<'g> {
    /// Of a type without fields.
    pub(super) fn of(ty: &'g mut Type) -> Self {
        Self { ty, last: "" }
    }

    /// Adds a field.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        read: Read,
        nullable: bool,
        doc: &'static str,
    ) -> &mut Self {
        let field = Field {
            doc,
            read,
            nullable,
            gate: None,
            deprecated: None,
            cost: None,
            filter: false,
            order: false,
            group: false,
            measure: false,
            afar: false,
            args: Vec::new(),
        };
        self.ty.fields.insert(name, field);
        self.last = name;
        self
    }

    fn field(&mut self, change: impl FnOnce(&mut Field)) -> &mut Self {
        if let Some(field) = self.ty.fields.get_mut(self.last) {
            change(field);
        }
        self
    }

    /// A column that always has a value.
    pub fn column(
        &mut self,
        name: &'static str,
        column: &'static str,
        kind: Kind,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Column(column, kind), false, doc)
    }

    /// A column that can be null.
    pub fn optional(
        &mut self,
        name: &'static str,
        column: &'static str,
        kind: Kind,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Column(column, kind), true, doc)
    }

    /// A key of a JSON value.
    pub fn key(
        &mut self,
        name: &'static str,
        kind: Kind,
        nullable: bool,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Key(kind), nullable, doc)
    }

    /// A nested JSON value.
    pub fn nested(
        &mut self,
        name: &'static str,
        target: &'static str,
        nullable: bool,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Nested(target, false), nullable, doc)
    }

    /// A list of nested JSON values.
    pub fn nested_list(
        &mut self,
        name: &'static str,
        target: &'static str,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Nested(target, true), false, doc)
    }

    /// The row that `column` points to; null when there is none or the viewer may not see it.
    pub fn one(
        &mut self,
        name: &'static str,
        target: &'static str,
        column: &'static str,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::One(target, column), true, doc)
    }

    /// The row that `column` points to, which is always there and visible to everybody.
    pub fn always_one(
        &mut self,
        name: &'static str,
        target: &'static str,
        column: &'static str,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::One(target, column), false, doc)
    }

    /// The rows of `target` whose column `by` points here, as a connection.
    pub fn many(
        &mut self,
        name: &'static str,
        target: &'static str,
        by: &'static str,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Many { target, by }, false, doc)
    }

    /// A part of the same row.
    pub fn holds(
        &mut self,
        name: &'static str,
        target: &'static str,
        doc: &'static str,
    ) -> &mut Self {
        self.add(name, Read::Part(target), false, doc)
    }

    /// A field asked once for all parents of a page.
    pub fn batched(
        &mut self,
        name: &'static str,
        target: &'static str,
        list: bool,
        nullable: bool,
        needs: &'static [(&'static str, Kind)],
        run: BatchFn,
        doc: &'static str,
    ) -> &mut Self {
        self.add(
            name,
            Read::Batched {
                needs,
                target,
                list,
                run,
            },
            nullable,
            doc,
        )
    }

    /// The last field falls under `gate`, and is null where that is closed.
    pub fn under(&mut self, gate: Gate) -> &mut Self {
        self.field(|f| {
            f.gate = Some(gate);
            f.nullable = true;
        })
    }

    /// The last field is a part that the viewer sees only under `gate`; a union's locked side else.
    pub fn when(&mut self, gate: Gate) -> &mut Self {
        self.field(|f| f.gate = Some(gate))
    }

    /// `where` knows the last field; a list by `some`, `none` and `every`.
    pub fn filter(&mut self) -> &mut Self {
        self.field(|f| f.filter = true)
    }

    /// `orderBy` knows the last field; of a related row what that is known by.
    pub fn order(&mut self) -> &mut Self {
        self.field(|f| f.order = true)
    }

    /// `orderBy` knows the last field, here and where lists are ordered by a row of this type: it is known by it.
    pub fn known_by(&mut self) -> &mut Self {
        self.field(|f| {
            f.order = true;
            f.afar = true;
        })
    }

    /// The last field should not be asked for any more: why, and what to ask for instead.
    pub fn deprecated(&mut self, why: &'static str) -> &mut Self {
        self.field(|f| f.deprecated = Some(why))
    }

    /// The last field costs so much for each row beside the objects that it gives.
    pub fn cost(&mut self, cost: u64) -> &mut Self {
        self.field(|f| f.cost = Some(cost))
    }

    /// Statistics can group by the last field: a column with few values, a date, or a related row and what that can be
    /// grouped by.
    pub fn group(&mut self) -> &mut Self {
        self.field(|f| f.group = true)
    }

    /// Statistics measure the last field: a number or a date.
    pub fn measure(&mut self) -> &mut Self {
        self.field(|f| f.measure = true)
    }

    /// The last field takes an argument.
    pub fn arg(&mut self, name: &'static str, ty: &str, doc: &'static str) -> &mut Self {
        let arg = Arg {
            name,
            ty: ty.to_owned(),
            doc,
        };
        self.field(|f| f.args.push(arg))
    }

    /// The default order of the type: this column, newest first.
    pub fn newest_by(&mut self, column: &'static str, kind: Kind) -> &mut Self {
        self.ty.newest_by = column;
        self.ty.newest_kind = kind;
        self
    }

    /// Rows can be voided; lists leave voided ones out unless asked for.
    pub fn voidable(&mut self) -> &mut Self {
        self.ty.voidable = true;
        self
    }

    /// Ordering by `column` orders by `key`: names by their pinyin.
    pub fn sorts_by(&mut self, column: &'static str, key: &'static str) -> &mut Self {
        self.ty.sort_columns.push((column, key));
        self
    }

    /// `node(id)` does not find this type.
    pub fn hidden_from_node(&mut self) -> &mut Self {
        if let Shape::Table { node, .. } = &mut self.ty.shape {
            *node = false;
        }
        self
    }
}
