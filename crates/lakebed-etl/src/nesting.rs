//! Columns put together from paths: `address.city` and `address.zip` become one struct.

use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{Expr, lit};

/// Output columns in the order they were first named, structs among them still open.
#[derive(Debug, Default)]
pub(crate) struct ColumnTree {
    children: Vec<(String, Branch)>,
}

#[derive(Debug)]
enum Branch {
    Leaf(Expr),
    Struct(ColumnTree),
}

impl ColumnTree {
    /// Places a value at a path; a later value at the same path replaces the earlier.
    pub(crate) fn insert(&mut self, path: &[String], value: Expr) {
        let Some((key, rest)) = path.split_first() else {
            return;
        };
        let position = self.children.iter().position(|(name, _)| name == key);
        if rest.is_empty() {
            match position {
                Some(position) => self.children[position].1 = Branch::Leaf(value),
                None => self.children.push((key.clone(), Branch::Leaf(value))),
            }
            return;
        }
        let position = position.unwrap_or_else(|| {
            self.children
                .push((key.clone(), Branch::Struct(Self::default())));
            self.children.len() - 1
        });
        let branch = &mut self.children[position].1;
        if let Branch::Leaf(_) = branch {
            *branch = Branch::Struct(Self::default());
        }
        if let Branch::Struct(tree) = branch {
            tree.insert(rest, value);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The columns, each under its name.
    pub(crate) fn into_columns(self) -> Vec<Expr> {
        self.children
            .into_iter()
            .map(|(name, branch)| branch.into_value().alias(name))
            .collect()
    }

    /// All columns as the fields of one struct.
    pub(crate) fn into_struct(self) -> Expr {
        let mut arguments = Vec::with_capacity(self.children.len() * 2);
        for (name, branch) in self.children {
            arguments.push(lit(name));
            arguments.push(branch.into_value());
        }
        named_struct(arguments)
    }
}

impl Branch {
    fn into_value(self) -> Expr {
        match self {
            Self::Leaf(value) => value,
            Self::Struct(tree) => tree.into_struct(),
        }
    }
}
