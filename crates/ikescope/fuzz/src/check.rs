//! What must hold of any frames whatever that are anonymized; the fuzz target and the replay of its
//! finds share it.

use ikescope_capture::LinkType;
use ikescope_wire::observed::Timestamp;

use crate::anonymize::Anonymizer;
use crate::held::Held;

/// Octets as frames: link type and length, both of two octets, big endian, then the frame.
pub(crate) fn anonymize(octets: &[u8]) {
    let given: Vec<Held> = frames(octets);
    let once = anonymized(&given);
    assert_eq!(once.len(), given.len());
    for (before, after) in given.iter().zip(&once) {
        assert_eq!(before.number, after.number, "in order");
        assert_eq!(before.octets.len(), after.octets.len());
        assert!(after.comments.is_empty());
    }
    let again = anonymized(&given);
    let same = |(one, other): (&Held, &Held)| one.octets == other.octets;
    assert!(once.iter().zip(&again).all(same), "the same again");
}

fn anonymized(frames: &[Held]) -> Vec<Held> {
    let mut anonymizer = Anonymizer::new(&[]);
    let mut given_back = Vec::new();
    for frame in frames {
        anonymizer.push(0, frame.clone());
        given_back.extend(std::iter::from_fn(|| anonymizer.pop()).map(|(_, frame)| frame));
    }
    anonymizer.settle();
    given_back.extend(std::iter::from_fn(|| anonymizer.pop()).map(|(_, frame)| frame));
    given_back
}

fn frames(mut octets: &[u8]) -> Vec<Held> {
    let mut frames = Vec::new();
    while let Some(([l0, l1, n0, n1], rest)) = octets.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*n0, *n1])).min(rest.len());
        let (frame, after) = rest.split_at(length);
        octets = after;
        frames.push(Held {
            number: frames.len() as u64 + 1,
            time: Timestamp(0),
            interface: 0,
            link: LinkType(u16::from_be_bytes([*l0, *l1])),
            original: length as u32,
            octets: frame.to_vec(),
            direction: None,
            comments: vec!["told".to_owned()],
            text: None,
        });
    }
    frames
}
