//! Frames without their file, for the target that is about frames.

/// A pcap file of what the octets say: link type, then frames with a length in front of each.
pub(crate) fn pcap_of_frames(octets: &[u8]) -> Vec<u8> {
    let mut file = vec![
        0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0,
    ];
    let Some(([high, low], mut rest)) = octets.split_first_chunk() else {
        return file;
    };
    file.extend([0, 0, *high, *low]);
    while let Some(([high, low], frames)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(frames.len());
        let (frame, behind) = frames.split_at(length);
        let field = u32::try_from(length).unwrap_or(0).to_be_bytes();
        for part in [&[0; 8][..], &field, &field, frame] {
            file.extend_from_slice(part);
        }
        rest = behind;
    }
    file
}
