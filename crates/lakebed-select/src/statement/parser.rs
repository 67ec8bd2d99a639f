//! A parser by descent, from weaker to stronger operators.

use super::lexer::{Token, TokenKind, error_at, tokens};
use super::{
    Aggregate, AggregateKind, BinaryOperator, DatePart, Expression, Function, Item, Items,
    Statement, Step, TrimSide, Type,
};
use crate::value::Value;
use crate::{Error, Result};

/// How deep an expression may be nested.
const DEEPEST: usize = 128;

pub(super) fn parse(text: &str) -> Result<Statement> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
        aggregates: Vec::new(),
        within_aggregate: false,
    };
    parser.statement()
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    aggregates: Vec<Aggregate>,
    within_aggregate: bool,
}

impl Parser<'_> {
    fn statement(&mut self) -> Result<Statement> {
        self.expect_word("SELECT", "ParseExpectedKeyword")?;
        let items = if self.take_symbol("*") {
            Items::All
        } else {
            let mut items = vec![self.item()?];
            while self.take_symbol(",") {
                items.push(self.item()?);
            }
            Items::Some(items)
        };
        if !self.is_word("FROM") {
            return Err(self.error("ParseSelectMissingFrom", "The FROM clause is missing"));
        }
        self.next += 1;
        let (from, alias) = self.source()?;
        let filter = if self.take_word("WHERE") {
            let aggregates = self.aggregates.len();
            let filter = self.expression()?;
            if self.aggregates.len() > aggregates {
                return Err(self.unsupported("aggregate functions in the WHERE clause"));
            }
            Some(filter)
        } else {
            None
        };
        let limit = if self.take_word("LIMIT") {
            match self.advance().kind {
                TokenKind::Int(limit) if limit >= 0 => u64::try_from(limit).ok(),
                _ => {
                    self.next -= 1;
                    return Err(self.error("ParseExpectedNumber", "LIMIT needs a number"));
                }
            }
        } else {
            None
        };
        for clause in ["GROUP", "ORDER", "HAVING", "JOIN", "UNION", "OFFSET"] {
            if self.is_word(clause) {
                return Err(self.unsupported(&format!("{clause} clauses")));
            }
        }
        self.take_symbol(";");
        if self.peek() != &TokenKind::End {
            return Err(self.unexpected());
        }
        let mut statement = Statement {
            items,
            from,
            filter,
            limit,
            aggregates: std::mem::take(&mut self.aggregates),
        };
        statement.drop_alias(alias.as_deref());
        self.check_aggregates(&statement)?;
        Ok(statement)
    }

    fn item(&mut self) -> Result<Item> {
        let expression = self.expression()?;
        let name = self.alias()?;
        Ok(Item { expression, name })
    }

    /// `S3Object[*].a.b alias`
    fn source(&mut self) -> Result<(Vec<Step>, Option<String>)> {
        let table = self.advance().kind;
        if !matches!(&table, TokenKind::Word(name) if name.eq_ignore_ascii_case("S3Object")) {
            self.next -= 1;
            return Err(self.error("InvalidDataSource", "The only data source is S3Object"));
        }
        let steps = self.steps()?;
        let alias = self.alias()?;
        if self.peek() == &TokenKind::Symbol(",") {
            return Err(self.unsupported("several data sources"));
        }
        Ok((steps, alias))
    }

    /// A name behind what it names, with or without `AS`.
    fn alias(&mut self) -> Result<Option<String>> {
        let follows = self.take_word("AS")
            || match self.peek() {
                TokenKind::Quoted(_) => true,
                TokenKind::Word(word) => !is_reserved(word),
                _ => false,
            };
        follows.then(|| self.name()).transpose()
    }

    fn name(&mut self) -> Result<String> {
        match self.advance().kind {
            TokenKind::Word(name) | TokenKind::Quoted(name) => Ok(name),
            _ => {
                self.next -= 1;
                Err(self.error("ParseExpectedIdentForAlias", "A name was expected"))
            }
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if self.take_symbol(".") {
                steps.push(match self.advance().kind {
                    TokenKind::Word(name) => Step::Name(name),
                    TokenKind::Quoted(name) => Step::Quoted(name),
                    TokenKind::Symbol("*") => Step::Each,
                    _ => {
                        self.next -= 1;
                        return Err(self.error("ParseInvalidPathComponent", "A name was expected"));
                    }
                });
            } else if self.take_symbol("[") {
                steps.push(match self.advance().kind {
                    TokenKind::Int(at) => Step::At(usize::try_from(at).unwrap_or(usize::MAX)),
                    TokenKind::Symbol("*") => Step::Each,
                    TokenKind::Text(name) => Step::Quoted(name),
                    _ => {
                        self.next -= 1;
                        return Err(self.error(
                            "ParseInvalidPathComponent",
                            "A number, '*' or a name was expected",
                        ));
                    }
                });
                self.expect_symbol("]")?;
            } else {
                return Ok(steps);
            }
        }
    }

    fn expression(&mut self) -> Result<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.unsupported("expressions nested so deeply"));
        }
        let expression = self.disjunction();
        self.depth -= 1;
        expression
    }

    fn disjunction(&mut self) -> Result<Expression> {
        let mut left = self.conjunction()?;
        while self.take_word("OR") {
            left = binary(left, BinaryOperator::Or, self.conjunction()?);
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expression> {
        let mut left = self.negation()?;
        while self.take_word("AND") {
            left = binary(left, BinaryOperator::And, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expression> {
        if !self.take_word("NOT") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.unsupported("expressions nested so deeply"));
        }
        let negated = self.negation();
        self.depth -= 1;
        Ok(Expression::Not(Box::new(negated?)))
    }

    fn comparison(&mut self) -> Result<Expression> {
        let mut left = self.concatenation()?;
        loop {
            let operator = match self.peek() {
                TokenKind::Symbol("=") => BinaryOperator::Equal,
                TokenKind::Symbol("<>" | "!=") => BinaryOperator::NotEqual,
                TokenKind::Symbol("<") => BinaryOperator::Less,
                TokenKind::Symbol("<=") => BinaryOperator::LessOrEqual,
                TokenKind::Symbol(">") => BinaryOperator::Greater,
                TokenKind::Symbol(">=") => BinaryOperator::GreaterOrEqual,
                TokenKind::Word(_) => match self.predicate(left)? {
                    Ok(predicate) => {
                        left = predicate;
                        continue;
                    }
                    Err(operand) => return Ok(operand),
                },
                _ => return Ok(left),
            };
            self.next += 1;
            left = binary(left, operator, self.concatenation()?);
        }
    }

    /// `IS`, `IN`, `BETWEEN` or `LIKE` behind an operand; the operand itself if none follows.
    fn predicate(&mut self, operand: Expression) -> Result<Result<Expression, Expression>> {
        if self.take_word("IS") {
            let negated = self.take_word("NOT");
            let test = if self.take_word("NULL") {
                Expression::IsNull(Box::new(operand))
            } else if self.take_word("MISSING") {
                Expression::IsMissing(Box::new(operand))
            } else {
                return Err(self.error("ParseExpectedKeyword", "NULL or MISSING was expected"));
            };
            return Ok(Ok(negate_if(negated, test)));
        }
        let negated = self.is_word("NOT");
        if negated {
            self.next += 1;
        }
        let operand = Box::new(operand);
        let predicate = if self.take_word("IN") {
            self.expect_symbol("(")?;
            let mut list = vec![self.expression()?];
            while self.take_symbol(",") {
                list.push(self.expression()?);
            }
            self.expect_symbol(")")?;
            Expression::In(operand, list)
        } else if self.take_word("BETWEEN") {
            let low = self.concatenation()?;
            self.expect_word("AND", "ParseExpectedKeyword")?;
            Expression::Between(operand, Box::new(low), Box::new(self.concatenation()?))
        } else if self.take_word("LIKE") {
            let pattern = Box::new(self.concatenation()?);
            let escape = if self.take_word("ESCAPE") {
                Some(Box::new(self.concatenation()?))
            } else {
                None
            };
            Expression::Like {
                text: operand,
                pattern,
                escape,
            }
        } else if negated {
            return Err(self.unexpected());
        } else {
            return Ok(Err(*operand));
        };
        Ok(Ok(negate_if(negated, predicate)))
    }

    fn concatenation(&mut self) -> Result<Expression> {
        let mut left = self.sum()?;
        while self.take_symbol("||") {
            left = binary(left, BinaryOperator::Concatenate, self.sum()?);
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                TokenKind::Symbol("+") => BinaryOperator::Add,
                TokenKind::Symbol("-") => BinaryOperator::Subtract,
                _ => return Ok(left),
            };
            self.next += 1;
            left = binary(left, operator, self.product()?);
        }
    }

    fn product(&mut self) -> Result<Expression> {
        let mut left = self.sign()?;
        loop {
            let operator = match self.peek() {
                TokenKind::Symbol("*") => BinaryOperator::Multiply,
                TokenKind::Symbol("/") => BinaryOperator::Divide,
                TokenKind::Symbol("%") => BinaryOperator::Modulo,
                _ => return Ok(left),
            };
            self.next += 1;
            left = binary(left, operator, self.sign()?);
        }
    }

    fn sign(&mut self) -> Result<Expression> {
        let mut negative = false;
        loop {
            if self.take_symbol("-") {
                negative = !negative;
            } else if !self.take_symbol("+") {
                break;
            }
        }
        let operand = self.primary()?;
        Ok(match (negative, operand) {
            (false, operand) => operand,
            (true, Expression::Literal(Value::Int(value))) => {
                Expression::Literal(Value::Int(value.wrapping_neg()))
            }
            (true, Expression::Literal(Value::Float(value))) => {
                Expression::Literal(Value::Float(-value))
            }
            (true, operand) => Expression::Negate(Box::new(operand)),
        })
    }

    fn primary(&mut self) -> Result<Expression> {
        match self.advance().kind {
            TokenKind::Int(value) => Ok(Expression::Literal(Value::Int(value))),
            TokenKind::Float(value) => Ok(Expression::Literal(Value::Float(value))),
            TokenKind::Text(text) => Ok(Expression::Literal(Value::Text(text))),
            TokenKind::Ion(text) => Ok(Expression::Call(
                Function::ToTimestamp,
                vec![Expression::Literal(Value::Text(text))],
            )),
            TokenKind::Symbol("(") => {
                let inner = self.expression()?;
                self.expect_symbol(")")?;
                Ok(inner)
            }
            TokenKind::Quoted(name) => self.path(Step::Quoted(name)),
            TokenKind::Word(word) => self.word(word),
            _ => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn path(&mut self, first: Step) -> Result<Expression> {
        let mut steps = vec![first];
        steps.extend(self.steps()?);
        Ok(Expression::Path(steps))
    }

    fn word(&mut self, word: String) -> Result<Expression> {
        let upper = word.to_ascii_uppercase();
        match upper.as_str() {
            "NULL" => return Ok(Expression::Literal(Value::Null)),
            "MISSING" => return Ok(Expression::Literal(Value::Missing)),
            "TRUE" => return Ok(Expression::Literal(Value::Bool(true))),
            "FALSE" => return Ok(Expression::Literal(Value::Bool(false))),
            "CASE" => return self.case(),
            _ => {}
        }
        if self.peek() == &TokenKind::Symbol("(") {
            return self.call(&upper);
        }
        if is_reserved(&word) {
            self.next -= 1;
            return Err(self.unexpected());
        }
        self.path(Step::Name(word))
    }

    fn case(&mut self) -> Result<Expression> {
        let operand = if self.is_word("WHEN") {
            None
        } else {
            Some(Box::new(self.expression()?))
        };
        let mut branches = Vec::new();
        while self.take_word("WHEN") {
            let condition = self.expression()?;
            self.expect_word("THEN", "ParseExpectedThenAfterWhen")?;
            branches.push((condition, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.error("ParseExpectedWhenClause", "CASE needs a WHEN"));
        }
        let otherwise = if self.take_word("ELSE") {
            Some(Box::new(self.expression()?))
        } else {
            None
        };
        self.expect_word("END", "ParseExpectedKeyword")?;
        Ok(Expression::Case {
            operand,
            branches,
            otherwise,
        })
    }

    fn call(&mut self, name: &str) -> Result<Expression> {
        self.next += 1;
        let kind = match name {
            "AVG" => Some(AggregateKind::Average),
            "COUNT" => Some(AggregateKind::Count),
            "MAX" => Some(AggregateKind::Maximum),
            "MIN" => Some(AggregateKind::Minimum),
            "SUM" => Some(AggregateKind::Sum),
            _ => None,
        };
        if let Some(kind) = kind {
            return self.aggregate(kind);
        }
        let call = match name {
            "CAST" => {
                let value = self.expression()?;
                self.expect_word("AS", "ParseExpectedKeyword")?;
                Expression::Cast(Box::new(value), self.type_name()?)
            }
            "TRIM" => self.trim()?,
            "SUBSTRING" => {
                let mut arguments = vec![self.expression()?];
                if self.take_word("FROM") {
                    arguments.push(self.expression()?);
                    if self.take_word("FOR") {
                        arguments.push(self.expression()?);
                    }
                }
                self.more_arguments(&mut arguments)?;
                self.with_arguments(Function::Substring, arguments, 2, 3)?
            }
            "EXTRACT" => {
                let part = self.date_part()?;
                self.expect_word("FROM", "ParseExpectedKeyword")?;
                Expression::Call(Function::Extract(part), vec![self.expression()?])
            }
            "DATE_ADD" | "DATE_DIFF" => {
                let part = self.date_part()?;
                self.expect_symbol(",")?;
                let first = self.expression()?;
                self.expect_symbol(",")?;
                let second = self.expression()?;
                let function = if name == "DATE_ADD" {
                    Function::DateAdd(part)
                } else {
                    Function::DateDiff(part)
                };
                Expression::Call(function, vec![first, second])
            }
            _ => {
                let (function, fewest, most) = match name {
                    "COALESCE" => (Function::Coalesce, 1, usize::MAX),
                    "NULLIF" => (Function::NullIf, 2, 2),
                    "CHAR_LENGTH" | "CHARACTER_LENGTH" => (Function::CharLength, 1, 1),
                    "LOWER" => (Function::Lower, 1, 1),
                    "UPPER" => (Function::Upper, 1, 1),
                    "TO_STRING" => (Function::ToString, 2, 2),
                    "TO_TIMESTAMP" => (Function::ToTimestamp, 1, 1),
                    "UTCNOW" => (Function::UtcNow, 0, 0),
                    _ => {
                        self.next -= 2;
                        return Err(self.error(
                            "UnsupportedFunction",
                            format!("The function {name} is not supported"),
                        ));
                    }
                };
                let mut arguments = Vec::new();
                if self.peek() != &TokenKind::Symbol(")") {
                    arguments.push(self.expression()?);
                    self.more_arguments(&mut arguments)?;
                }
                self.with_arguments(function, arguments, fewest, most)?
            }
        };
        self.expect_symbol(")")?;
        Ok(call)
    }

    fn more_arguments(&mut self, arguments: &mut Vec<Expression>) -> Result<()> {
        while self.take_symbol(",") {
            arguments.push(self.expression()?);
        }
        Ok(())
    }

    fn with_arguments(
        &self,
        function: Function,
        arguments: Vec<Expression>,
        fewest: usize,
        most: usize,
    ) -> Result<Expression> {
        if (fewest..=most).contains(&arguments.len()) {
            return Ok(Expression::Call(function, arguments));
        }
        Err(self.error(
            "EvaluatorInvalidArguments",
            "A function has the wrong number of arguments",
        ))
    }

    fn aggregate(&mut self, kind: AggregateKind) -> Result<Expression> {
        if self.within_aggregate {
            return Err(self.unsupported("aggregate functions within one another"));
        }
        let argument = if kind == AggregateKind::Count && self.take_symbol("*") {
            None
        } else {
            self.within_aggregate = true;
            let argument = self.expression();
            self.within_aggregate = false;
            Some(argument?)
        };
        self.expect_symbol(")")?;
        self.aggregates.push(Aggregate { kind, argument });
        Ok(Expression::Aggregate(self.aggregates.len() - 1))
    }

    /// `TRIM([[LEADING | TRAILING | BOTH] [characters] FROM] text)`
    fn trim(&mut self) -> Result<Expression> {
        let side = if self.take_word("LEADING") {
            Some(TrimSide::Leading)
        } else if self.take_word("TRAILING") {
            Some(TrimSide::Trailing)
        } else if self.take_word("BOTH") {
            Some(TrimSide::Both)
        } else {
            None
        };
        let mut arguments = Vec::new();
        if side.is_some() && self.take_word("FROM") {
            arguments.push(self.expression()?);
        } else {
            arguments.push(self.expression()?);
            if self.take_word("FROM") {
                arguments.insert(0, self.expression()?);
            }
        }
        let side = side.unwrap_or(TrimSide::Both);
        Ok(Expression::Call(Function::Trim(side), arguments))
    }

    fn type_name(&mut self) -> Result<Type> {
        let name = match self.advance().kind {
            TokenKind::Word(name) => name.to_ascii_uppercase(),
            _ => String::new(),
        };
        let kind = match name.as_str() {
            "BOOL" | "BOOLEAN" => Type::Bool,
            "INT" | "INTEGER" | "SMALLINT" | "BIGINT" => Type::Int,
            "FLOAT" | "DOUBLE" | "REAL" => {
                self.take_word("PRECISION");
                Type::Float
            }
            "DECIMAL" | "NUMERIC" => Type::Decimal,
            "STRING" | "VARCHAR" | "CHAR" | "CHARACTER" => Type::Text,
            "TIMESTAMP" => Type::Timestamp,
            _ => {
                self.next -= 1;
                return Err(self.error("ParseExpectedTypeName", "A type was expected"));
            }
        };
        if self.take_symbol("(") {
            while !self.take_symbol(")") {
                if self.advance().kind == TokenKind::End {
                    return Err(self.unexpected());
                }
            }
        }
        Ok(kind)
    }

    fn date_part(&mut self) -> Result<DatePart> {
        let name = match self.advance().kind {
            TokenKind::Word(name) => name.to_ascii_uppercase(),
            _ => String::new(),
        };
        Ok(match name.as_str() {
            "YEAR" => DatePart::Year,
            "MONTH" => DatePart::Month,
            "DAY" => DatePart::Day,
            "HOUR" => DatePart::Hour,
            "MINUTE" => DatePart::Minute,
            "SECOND" => DatePart::Second,
            "TIMEZONE_HOUR" => DatePart::TimezoneHour,
            "TIMEZONE_MINUTE" => DatePart::TimezoneMinute,
            _ => {
                self.next -= 1;
                return Err(self.error("ParseExpectedDatePart", "A part of a date was expected"));
            }
        })
    }

    /// With aggregates there is one answer: what is selected must be the same for every record.
    fn check_aggregates(&self, statement: &Statement) -> Result<()> {
        let Items::Some(items) = &statement.items else {
            return Ok(());
        };
        let mixes = !statement.aggregates.is_empty()
            && items.iter().any(|item| item.expression.reads_record());
        if mixes {
            return Err(self.unsupported("columns beside aggregate functions"));
        }
        Ok(())
    }

    fn peek(&self) -> &TokenKind {
        &self.tokens[self.next.min(self.tokens.len() - 1)].kind
    }

    fn advance(&mut self) -> Token {
        let token = self.tokens[self.next.min(self.tokens.len() - 1)].clone();
        self.next += 1;
        token
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn take_word(&mut self, keyword: &str) -> bool {
        let found = self.is_word(keyword);
        self.next += usize::from(found);
        found
    }

    fn take_symbol(&mut self, symbol: &'static str) -> bool {
        let found = self.peek() == &TokenKind::Symbol(symbol);
        self.next += usize::from(found);
        found
    }

    fn expect_word(&mut self, keyword: &str, code: &'static str) -> Result<()> {
        if self.take_word(keyword) {
            return Ok(());
        }
        Err(self.error(code, format!("{keyword} was expected")))
    }

    fn expect_symbol(&mut self, symbol: &'static str) -> Result<()> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        let code = match symbol {
            "(" => "ParseExpectedLeftParenAfterCast",
            ")" => "ParseExpectedRightParenBuiltinFunctionCall",
            _ => "ParseExpectedTokenType",
        };
        Err(self.error(code, format!("'{symbol}' was expected")))
    }

    fn error(&self, code: &'static str, message: impl Into<String>) -> Error {
        let token = &self.tokens[self.next.min(self.tokens.len() - 1)];
        error_at(self.text, token.at, code, message)
    }

    fn unexpected(&self) -> Error {
        match self.peek() {
            TokenKind::End => {
                self.error("ParseUnexpectedToken", "The SQL expression ends too early")
            }
            TokenKind::Word(word) if is_reserved(word) => self.error(
                "ParseUnexpectedKeyword",
                format!("The SQL expression contains the unexpected keyword {word}"),
            ),
            _ => self.error(
                "ParseUnexpectedToken",
                "The SQL expression contains an unexpected token",
            ),
        }
    }

    fn unsupported(&self, what: &str) -> Error {
        self.error(
            "UnsupportedSqlStructure",
            format!("S3 Select does not support {what}"),
        )
    }
}

impl Statement {
    /// Takes the name of the source off the paths that begin with it.
    fn drop_alias(&mut self, alias: Option<&str>) {
        let drop = |expression: &mut Expression| {
            expression.each_path(&mut |path| {
                let names_source = match path.first() {
                    Some(Step::Name(name)) => {
                        name.eq_ignore_ascii_case(alias.unwrap_or("S3Object"))
                            || name.eq_ignore_ascii_case("S3Object")
                    }
                    Some(Step::Quoted(name)) => Some(name.as_str()) == alias,
                    _ => false,
                };
                if names_source {
                    path.remove(0);
                    // `S3Object[*].a` is `a` of every record.
                    if path.first() == Some(&Step::Each) {
                        path.remove(0);
                    }
                }
            });
        };
        if let Items::Some(items) = &mut self.items {
            // `SELECT s.*` is `SELECT *`.
            let all = matches!(
                items.as_slice(),
                [Item { expression: Expression::Path(path), name: None }]
                    if matches!(path.as_slice(), [Step::Name(_), Step::Each])
            );
            if all {
                self.items = Items::All;
            } else {
                items.iter_mut().for_each(|item| drop(&mut item.expression));
            }
        }
        self.filter.iter_mut().for_each(drop);
        for aggregate in &mut self.aggregates {
            aggregate.argument.iter_mut().for_each(drop);
        }
    }
}

impl Expression {
    fn each_path(&mut self, visit: &mut impl FnMut(&mut Vec<Step>)) {
        if let Self::Path(path) = self {
            visit(path);
        }
        for part in self.parts_mut() {
            part.each_path(visit);
        }
    }

    /// Whether its value depends on the record, but for aggregates.
    fn reads_record(&self) -> bool {
        let mut copy = self.clone();
        let mut reads = false;
        copy.each_path(&mut |_| reads = true);
        reads
    }

    fn parts_mut(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Literal(_) | Self::Path(_) | Self::Aggregate(_) => Vec::new(),
            Self::Not(part)
            | Self::Negate(part)
            | Self::IsNull(part)
            | Self::IsMissing(part)
            | Self::Cast(part, _) => vec![part],
            Self::Binary(left, _, right) => vec![left, right],
            Self::In(part, list) => std::iter::once(part.as_mut()).chain(list).collect(),
            Self::Between(part, low, high) => vec![part, low, high],
            Self::Like {
                text,
                pattern,
                escape,
            } => [text, pattern]
                .into_iter()
                .chain(escape)
                .map(AsMut::as_mut)
                .collect(),
            Self::Case {
                operand,
                branches,
                otherwise,
            } => {
                let branches = branches.iter_mut().flat_map(|(when, then)| [when, then]);
                let ends = operand.iter_mut().chain(otherwise).map(AsMut::as_mut);
                branches.chain(ends).collect()
            }
            Self::Call(_, arguments) => arguments.iter_mut().collect(),
        }
    }
}

fn binary(left: Expression, operator: BinaryOperator, right: Expression) -> Expression {
    Expression::Binary(Box::new(left), operator, Box::new(right))
}

fn negate_if(negated: bool, expression: Expression) -> Expression {
    if negated {
        Expression::Not(Box::new(expression))
    } else {
        expression
    }
}

/// Words that no name is without quotes, as far as this grammar needs it.
fn is_reserved(word: &str) -> bool {
    const WORDS: [&str; 31] = [
        "SELECT", "FROM", "WHERE", "LIMIT", "AND", "OR", "NOT", "IS", "IN", "BETWEEN", "LIKE",
        "ESCAPE", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "NULL", "MISSING", "TRUE", "FALSE",
        "GROUP", "ORDER", "HAVING", "JOIN", "UNION", "OFFSET", "BY", "CAST", "FOR",
    ];
    WORDS
        .iter()
        .any(|reserved| word.eq_ignore_ascii_case(reserved))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("SELECT", "ParseUnexpectedToken")]
    #[case("DELETE FROM S3Object", "ParseExpectedKeyword")]
    #[case("SELECT a", "ParseSelectMissingFrom")]
    #[case("SELECT a FROM other", "InvalidDataSource")]
    #[case("SELECT a FROM S3Object GROUP BY a", "UnsupportedSqlStructure")]
    #[case("SELECT a FROM S3Object s, s.b", "UnsupportedSqlStructure")]
    #[case("SELECT a, COUNT(*) FROM S3Object", "UnsupportedSqlStructure")]
    #[case("SELECT SUM(COUNT(*)) FROM S3Object", "UnsupportedSqlStructure")]
    #[case("SELECT a FROM S3Object WHERE COUNT(*) > 1", "UnsupportedSqlStructure")]
    #[case("SELECT a FROM S3Object LIMIT many", "ParseExpectedNumber")]
    #[case("SELECT 'a FROM S3Object", "LexerInvalidLiteral")]
    #[case("SELECT a # b FROM S3Object", "LexerInvalidChar")]
    #[case("SELECT SQRT(a) FROM S3Object", "UnsupportedFunction")]
    #[case("SELECT CAST(a AS blob) FROM S3Object", "ParseExpectedTypeName")]
    #[case("SELECT LOWER(a, b) FROM S3Object", "EvaluatorInvalidArguments")]
    #[case("SELECT a FROM S3Object WHERE a = ", "ParseUnexpectedToken")]
    fn what_is_not_in_the_language_is_refused(#[case] text: &str, #[case] code: &str) {
        assert_eq!(parse(text).unwrap_err().code(), code);
    }

    #[test]
    fn errors_say_where() {
        let error = parse("SELECT a\nFROM S3Object\nWHERE ?").unwrap_err();
        assert!(
            error.to_string().ends_with("at line 3, column 7"),
            "{error}"
        );
    }

    #[test]
    fn deep_expressions_are_refused() {
        let deep = format!(
            "SELECT {}1{} FROM S3Object",
            "(".repeat(5000),
            ")".repeat(5000)
        );
        assert_eq!(parse(&deep).unwrap_err().code(), "UnsupportedSqlStructure");
        let nots = format!("SELECT {} true FROM S3Object", "NOT ".repeat(5000));
        assert_eq!(parse(&nots).unwrap_err().code(), "UnsupportedSqlStructure");
    }

    #[test]
    fn the_source_may_be_named_or_not() {
        let bare = parse("SELECT a FROM S3Object").unwrap();
        for same in [
            "select s.a from s3object s",
            "SELECT s.a FROM S3Object AS s;",
            "SELECT S3Object.a FROM S3Object",
            "SELECT S3Object[*].a FROM S3Object -- all of them",
        ] {
            assert_eq!(parse(same).unwrap().items, bare.items, "{same}");
        }
        assert_eq!(
            parse("SELECT s.* FROM S3Object s").unwrap().items,
            Items::All
        );
    }
}
