//! A list that nearly always holds one item: no allocation until the second.

use std::ops::{Deref, DerefMut};

/// At least one item, in order.
#[derive(Clone, Debug)]
pub struct Few<T>(Inner<T>);

#[derive(Clone, Debug)]
enum Inner<T> {
    One([T; 1]),
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// A list of one item.
    pub const fn one(item: T) -> Self {
        Self(Inner::One([item]))
    }

    /// Begins anew with one item, in the room that there is.
    pub(crate) fn restart(&mut self, item: T) {
        match &mut self.0 {
            Inner::One(first) => *first = [item],
            Inner::Many(items) => {
                items.clear();
                items.push(item);
            }
        }
    }

    /// The first item, of a list of one.
    pub(crate) fn into_oldest(self) -> T {
        match self.0 {
            Inner::One([item]) => item,
            Inner::Many(mut items) => items.swap_remove(0),
        }
    }

    /// Appends an item.
    pub fn push(&mut self, item: T)
    where
        T: Clone,
    {
        match &mut self.0 {
            Inner::One([first]) => {
                // Who repeats once mostly repeats again.
                let mut items = Vec::with_capacity(4);
                items.extend([first.clone(), item]);
                self.0 = Inner::Many(items);
            }
            Inner::Many(items) => items.push(item),
        }
    }

    /// Appends an item and lets the oldest go if there are more than `most`.
    pub fn push_within(&mut self, item: T, most: usize)
    where
        T: Clone,
    {
        self.push(item);
        if let Inner::Many(items) = &mut self.0
            && items.len() > most.max(1)
        {
            items.remove(0);
        }
    }

    /// The newest item.
    #[must_use]
    pub fn newest(&self) -> &T {
        match &self.0 {
            Inner::One([item]) => item,
            Inner::Many(items) => &items[items.len() - 1],
        }
    }

    /// The first item.
    #[must_use]
    pub fn oldest(&self) -> &T {
        match &self.0 {
            Inner::One([item]) => item,
            Inner::Many(items) => &items[0],
        }
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Inner::One(item) => item,
            Inner::Many(items) => items,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Inner::One(item) => item,
            Inner::Many(items) => items,
        }
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Appends an item to a list that mostly stays short: room is made for one, two, four.
pub(crate) fn push_tight<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().max(1));
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn keeps_order_from_one_to_many() {
        let mut list = Few::one(1);
        assert_eq!((*list.oldest(), *list.newest(), list.len()), (1, 1, 1));
        list.push(2);
        list.push(3);
        assert_eq!(&list[..], [1, 2, 3]);
        assert_eq!((*list.oldest(), *list.newest()), (1, 3));
        list.push_within(4, 3);
        assert_eq!(&list[..], [2, 3, 4]);
        list.restart(5);
        assert_eq!(&list[..], [5]);
    }
}
