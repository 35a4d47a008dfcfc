//! Texts that can only be a few words, for the schemas: what is written is the domain's own word for it.

use utoipa::ToSchema;

/// What a member of a group may be.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "lowercase")]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) enum RoleName {
    Owner,
    Admin,
    Member,
}

/// What a chat may be.
#[derive(ToSchema)]
#[schema(as = ChatKind, rename_all = "lowercase")]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) enum KindName {
    Direct,
    Group,
}
