//! Logs of which the first line tells the format, for the target that is about logs.

/// An IKE debug log whose further lines are anything.
pub(crate) fn log_of_lines(octets: &[u8]) -> Vec<u8> {
    let mut log = b"ike 0: cache rebuild start\n".to_vec();
    log.extend_from_slice(octets);
    log
}
