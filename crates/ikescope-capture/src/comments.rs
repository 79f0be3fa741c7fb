//! The comments of a pcapng packet block (opt_comment), read where they stand.

use std::borrow::Cow;

use crate::format::options::{COMMENT, options};

/// The comments beside one frame, in their order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comments<'a> {
    options: &'a [u8],
    big_endian: bool,
}

impl<'a> Comments<'a> {
    /// Those among the options of a block.
    pub(crate) const fn of_options(options: &'a [u8], big_endian: bool) -> Self {
        Self {
            options,
            big_endian,
        }
    }

    /// One after another; what is no UTF-8 in them is replaced.
    pub fn iter(self) -> impl Iterator<Item = Cow<'a, str>> {
        options(self.options, self.big_endian)
            .filter(|option| option.code == COMMENT)
            .map(|option| String::from_utf8_lossy(option.value))
    }
}
