//! Output formats, one per file. They print what they are given and judge nothing.

pub(crate) mod clock;
pub(crate) mod conversion;
pub(crate) mod crossing;
pub(crate) mod ends;
pub(crate) mod follow;
pub(crate) mod html;
pub(crate) mod line;
pub(crate) mod markdown;
pub(crate) mod message_json;
pub(crate) mod message_text;
pub(crate) mod overview;
pub(crate) mod progress;
pub(crate) mod proposals;
pub(crate) mod quiet;
pub(crate) mod rows;
pub(crate) mod screen;
pub(crate) mod story;
pub(crate) mod text;
pub(crate) mod words;
pub(crate) mod wrap;
