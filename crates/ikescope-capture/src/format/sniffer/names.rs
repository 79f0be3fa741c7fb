//! The interfaces that packets are said to be on: one for each name and link type.

use std::collections::HashMap;

use crate::format::interface::Interface;
use crate::frame::LinkType;
use crate::write::TimeUnit;

/// The interfaces seen so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    interfaces: Vec<Interface>,
    numbers: HashMap<(Box<[u8]>, LinkType), u32>,
    /// The one that was asked for last, as nearly all packets are on few.
    last: Option<(Vec<u8>, LinkType, u32)>,
}

impl Names {
    pub(super) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Adds an interface that no line names.
    pub(super) fn add(&mut self, link: LinkType, unit: TimeUnit) -> u32 {
        self.interfaces.push(Interface::new(link, 0, unit));
        u32::try_from(self.interfaces.len() - 1).unwrap_or(u32::MAX)
    }

    /// The number of an interface; without a name it is empty.
    pub(super) fn number(&mut self, name: &[u8], link: LinkType) -> u32 {
        match &mut self.last {
            Some((last, last_link, number)) if last == name && *last_link == link => *number,
            Some((last, last_link, last_number)) => {
                let number = look_up(&mut self.interfaces, &mut self.numbers, name, link);
                last.clear();
                last.extend_from_slice(name);
                (*last_link, *last_number) = (link, number);
                number
            }
            None => {
                let number = look_up(&mut self.interfaces, &mut self.numbers, name, link);
                self.last = Some((name.to_vec(), link, number));
                number
            }
        }
    }
}

fn look_up(
    interfaces: &mut Vec<Interface>,
    numbers: &mut HashMap<(Box<[u8]>, LinkType), u32>,
    name: &[u8],
    link: LinkType,
) -> u32 {
    // Beyond a number that no device has, names are made up by damage or malice: all are one.
    let kept = if interfaces.len() < MAX_INTERFACES {
        name
    } else {
        b""
    };
    let next = u32::try_from(interfaces.len()).unwrap_or(u32::MAX);
    *numbers.entry((kept.into(), link)).or_insert_with(|| {
        let mut interface = Interface::new(link, 0, TimeUnit::Nanoseconds);
        interface.name = (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).into_owned());
        interfaces.push(interface);
        next
    })
}

const MAX_INTERFACES: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_by_link_type_and_bounds_them() {
        let mut names = Names::default();
        let raw = LinkType::RAW;
        let seen = [
            names.number(b"port1", raw),
            names.number(b"port10", raw),
            names.number(b"port1", raw),
            names.number(b"port1", LinkType::ETHERNET),
        ];
        assert_eq!(seen, [0, 1, 0, 2]);
        for number in 0..MAX_INTERFACES + 10 {
            names.number(number.to_string().as_bytes(), raw);
        }
        assert_eq!(names.interfaces().len(), MAX_INTERFACES + 1);
    }
}
