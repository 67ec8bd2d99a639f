//! `row.*`, whose columns only the row's type tells, and `t.*` in a subquery of the query that has
//! `t`. Each is replaced by the columns it stands for, which planning a small query tells.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, GroupByExpr, Ident, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Subscript, TableFactor, TableWithJoins, Value, Visit,
    VisitMut, Visitor, VisitorMut, WildcardAdditionalOptions, With,
};

/// Stands between the names of `row.* AS (a, b)`, which the parser takes as one.
pub(super) const SEPARATOR: char = '\0';

/// What must be known of the first wildcard that the planner would not understand.
#[derive(Debug)]
pub(crate) enum Unknown {
    /// The columns of this query.
    Columns(Box<Query>),
    /// The fields of this query's one column.
    Fields(Box<Query>),
}

/// The first wildcard to be replaced, if there is one.
pub(crate) fn unknown(query: &mut Query) -> Option<Unknown> {
    if Visit::visit(query, &mut AnyWildcard).is_continue() {
        return None;
    }
    let mut find = Scopes::default();
    match VisitMut::visit(query, &mut find) {
        ControlFlow::Break(unknown) => unknown,
        ControlFlow::Continue(()) => None,
    }
}

/// Replaces that wildcard by columns of these names.
pub(crate) fn replace(query: &mut Query, names: Vec<String>) {
    let mut replace = Scopes {
        names: Some(names),
        ..Scopes::default()
    };
    let _ = VisitMut::visit(query, &mut replace);
}

/// Looks for qualified wildcards, which most queries have none of.
struct AnyWildcard;

impl Visitor for AnyWildcard {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let mut items = select.projection.iter();
        match items.any(|item| matches!(item, SelectItem::QualifiedWildcard(..))) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

#[derive(Default)]
struct Scopes {
    /// What the first wildcard stands for, once that is known.
    names: Option<Vec<String>>,
    withs: Vec<Option<With>>,
    /// What the queries around select from.
    scopes: Vec<Vec<TableWithJoins>>,
}

impl VisitorMut for Scopes {
    type Break = Option<Unknown>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        self.withs.push(query.with.clone());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<Self::Break> {
        self.withs.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        self.scopes.push(select.from.clone());
        for place in 0..select.projection.len() {
            let SelectItem::QualifiedWildcard(kind, options) = &select.projection[place] else {
                continue;
            };
            let Some(target) = self.target(kind) else {
                continue;
            };
            return ControlFlow::Break(match self.names.take() {
                None => Some(self.probe(select, target)),
                Some(names) => {
                    let items = target.items(names, options, place);
                    select.projection.splice(place..=place, items);
                    None
                }
            });
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<Self::Break> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }
}

/// What a wildcard is of.
enum Target {
    Relation(Ident, Box<TableFactor>),
    Row(Box<Expr>, Vec<TableWithJoins>),
}

impl Scopes {
    /// What a wildcard is of, unless it is of a relation that the query itself selects from.
    fn target(&self, kind: &SelectItemQualifiedWildcardKind) -> Option<Target> {
        let own = self.scopes.last()?;
        let name = match kind {
            SelectItemQualifiedWildcardKind::Expr(row) => {
                return Some(Target::Row(Box::new(row.clone()), own.clone()));
            }
            SelectItemQualifiedWildcardKind::ObjectName(name) => name,
        };
        let parts: Vec<Ident> = identifiers(name)?;
        let last = parts.last()?;
        if relation(own, last).is_some_and(|found| parts.len() == 1 || is_table(found)) {
            return None;
        }
        let first = parts.first()?;
        let mut scopes = self.scopes.iter().rev();
        if parts.len() == 1 {
            let found = scopes.find_map(|scope| relation(scope, first));
            if let Some(found) = found {
                return Some(Target::Relation(first.clone(), Box::new(found.clone())));
            }
            let column = Expr::Identifier(first.clone());
            return Some(Target::Row(Box::new(column), own.clone()));
        }
        let scope = scopes.find(|scope| relation(scope, first).is_some());
        let scope = scope.unwrap_or(own).clone();
        let field = Expr::CompoundIdentifier(parts);
        Some(Target::Row(Box::new(field), scope))
    }

    /// The query that tells what a wildcard stands for.
    fn probe(&self, select: &Select, target: Target) -> Unknown {
        let mut probe = select.clone();
        probe.distinct = None;
        probe.selection = None;
        probe.having = None;
        probe.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
        let (item, from, is_relation) = match target {
            Target::Relation(_, relation) => {
                let relation = TableWithJoins {
                    relation: *relation,
                    joins: Vec::new(),
                };
                let all = SelectItem::Wildcard(WildcardAdditionalOptions::default());
                (all, vec![relation], true)
            }
            Target::Row(row, from) => (SelectItem::UnnamedExpr(*row), from, false),
        };
        probe.projection = vec![item];
        probe.from = from;
        let query = Box::new(Query {
            with: self.visible(),
            body: Box::new(SetExpr::Select(Box::new(probe))),
            order_by: None,
            limit_clause: None,
            fetch: None,
            locks: Vec::new(),
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators: Vec::new(),
        });
        match is_relation {
            true => Unknown::Columns(query),
            false => Unknown::Fields(query),
        }
    }

    /// All common table expressions that can be seen.
    fn visible(&self) -> Option<With> {
        let mut withs = self.withs.iter().flatten().cloned();
        let mut all = withs.next()?;
        for with in withs {
            all.recursive |= with.recursive;
            all.cte_tables.extend(with.cte_tables);
        }
        Some(all)
    }
}

impl Target {
    fn items(
        self,
        names: Vec<String>,
        options: &WildcardAdditionalOptions,
        place: usize,
    ) -> Vec<SelectItem> {
        let given = options.opt_alias.as_ref();
        let given: Vec<&str> =
            given.map_or_else(Vec::new, |all| all.value.split(SEPARATOR).collect());
        let columns = names.into_iter().enumerate();
        let items = columns.map(|(index, name)| match &self {
            Self::Relation(relation, _) => {
                let column = vec![relation.clone(), quoted(&name)];
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(column))
            }
            Self::Row(row, _) => {
                let is_anonymous = name == format!("c{index}");
                let alias = match given.get(index) {
                    Some(alias) => quoted(alias),
                    None if is_anonymous => quoted(&format!("_col{}", place + index)),
                    None => quoted(&name),
                };
                SelectItem::ExprWithAlias {
                    expr: field(row, index),
                    alias,
                }
            }
        });
        items.collect()
    }
}

fn quoted(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

/// A field of a row by its place.
fn field(row: &Expr, index: usize) -> Expr {
    let number = Value::Number((index + 1).to_string(), false);
    Expr::CompoundFieldAccess {
        root: Box::new(Expr::Nested(Box::new(row.clone()))),
        access_chain: vec![AccessExpr::Subscript(Subscript::Index {
            index: Expr::value(number),
        })],
    }
}

fn identifiers(name: &ObjectName) -> Option<Vec<Ident>> {
    let parts = name.0.iter().map(|part| part.as_ident().cloned());
    parts.collect()
}

/// The relation that is called `name` here.
fn relation<'a>(from: &'a [TableWithJoins], name: &Ident) -> Option<&'a TableFactor> {
    from.iter().find_map(|table| {
        let joined = table.joins.iter().map(|join| &join.relation);
        std::iter::once(&table.relation)
            .chain(joined)
            .find_map(|factor| match factor {
                TableFactor::NestedJoin {
                    table_with_joins, ..
                } => relation(std::slice::from_ref(table_with_joins), name),
                factor => is_called(factor, name).then_some(factor),
            })
    })
}

fn is_called(factor: &TableFactor, name: &Ident) -> bool {
    let is_name = |known: &Ident| known.value.eq_ignore_ascii_case(&name.value);
    match factor {
        TableFactor::Table {
            alias: Some(alias), ..
        }
        | TableFactor::Derived {
            alias: Some(alias), ..
        }
        | TableFactor::UNNEST {
            alias: Some(alias), ..
        } => is_name(&alias.name),
        TableFactor::Table { name: table, .. } => table
            .0
            .last()
            .and_then(|part| part.as_ident())
            .is_some_and(is_name),
        _ => false,
    }
}

fn is_table(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::Table { alias: None, .. })
}
