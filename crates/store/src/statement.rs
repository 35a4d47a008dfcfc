//! Statements whose SQL is written out, prepared once per connection.

/// Defines a statement as a struct that holds its parameters; run it like any diesel query.
///
/// diesel prepares a statement once per connection and keeps it, but not one of `sql_query`, nor an `UPDATE`, nor an
/// insert of many rows, and these are the ones that count. What is defined here has a fixed text, so it is known by its
/// type: `QueryId` says so.
///
/// The text is a row of string literals; a parameter and its type, in square brackets, may follow each.
///
/// ```text
/// statement! {
///     /// The user of this number.
///     struct FindUser for MultiBackend { id: i64 } -> (BigInt, Text)
///     "SELECT id, username FROM users WHERE id = " [id: BigInt]
/// }
/// ```
macro_rules! statement {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? for $backend:ty {
            $($bind:ident : $rust:ty),* $(,)?
        } -> $row:ty;
        $($text:literal $([$used:ident : $sql_type:ty])?)*
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $name $(<$life>)? {
            $(pub(crate) $bind: $rust,)*
        }

        impl $(<$life>)? diesel::query_builder::QueryId for $name $(<$life>)? {
            type QueryId = crate::statement::static_name!($name $($life)?);
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl $(<$life>)? diesel::query_builder::Query for $name $(<$life>)? {
            type SqlType = $row;
        }

        impl<$($life,)? C> diesel::RunQueryDsl<C> for $name $(<$life>)? {}

        impl $(<$life>)? diesel::query_builder::QueryFragment<$backend> for $name $(<$life>)? {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, $backend>,
            ) -> diesel::QueryResult<()> {
                $(
                    out.push_sql($text);
                    $(out.push_bind_param::<$sql_type, _>(&self.$used)?;)?
                )*
                Ok(())
            }
        }
    };
}

/// The type that stands for a statement whatever its parameters borrow.
macro_rules! static_name {
    ($name:ident) => { $name };
    ($name:ident $life:lifetime) => { $name<'static> };
}

pub(crate) use {statement, static_name};
