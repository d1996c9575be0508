//! The table's types and defaults in words, for documentation and editors.

use super::{Form, OptionSpec, Ty};

impl Ty {
    /// What may be written.
    #[must_use]
    pub fn words(&self) -> String {
        const I32_MAX: i64 = i32::MAX as i64;
        match self {
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Int(low, I32_MAX) => format!("integer, at least {low}"),
            Self::Int(low, high) => format!("integer, {low} to {high}"),
            Self::Number => "number above 0".to_owned(),
            Self::Mib(low) => format!("MiB or a size, at least {low} MiB"),
            Self::Gib(low, high) => format!("GiB or a size, {low} to {high} GiB"),
            Self::Str(form) => form.words().to_owned(),
            Self::Enum(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
                words.join(", ")
            }
            Self::List(item) => format!("list of: {}", item.words()),
            Self::MapOf(value) => format!("map to: {}", value.words()),
            Self::Struct(_) => "map".to_owned(),
            Self::Either(one, other) => format!("{}; or {}", one.words(), other.words()),
            Self::Scalar => "string, number or boolean".to_owned(),
            Self::Any => "anything".to_owned(),
        }
    }
}

impl OptionSpec {
    /// The default, and the variable that comes before it.
    #[must_use]
    pub fn default_words(&self) -> String {
        match (self.variable, self.default) {
            (None, "") => "none".to_owned(),
            (None, default) => default.to_owned(),
            (Some(variable), "") => format!("`{variable}`"),
            (Some(variable), default) => format!("`{variable}`, else {default}"),
        }
    }
}

impl Form {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Path => "absolute path",
            Self::Image => "image reference",
            Self::Queue => "queue name or ARN",
            Self::Role => "role ARN",
            Self::SecretArn => "secret ARN",
            Self::Secret => "secret ARN, parameter ARN or name",
            Self::HostVolume => "`\"src[:dst[:ro]]\"`",
            Self::EfsVolume => "`\"fs-id[:dst]\"`",
            Self::FileSystem => "`fs-` and hexadecimal digits",
            Self::AccessPoint => "`fsap-` and hexadecimal digits",
            Self::EfsRoot => "absolute path, at most 4,096 characters",
            Self::KeyValue => "`\"key:value\"`",
            Self::User => "`user` or `user:group`",
            Self::TagValue => "tag value",
            Self::Share => "share identifier",
            Self::DefinitionName => "job definition name",
            Self::PlatformVersion => "platform version",
            Self::RetryClass => "`\"spot\"`, `\"image_pull\"` or `\"exit:N\"`",
        }
    }
}
