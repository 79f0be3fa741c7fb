//! Payloads whose body is one run of octets.

opaque! {
    /// Nonce (RFC 7296 §3.9): 16 to 256 octets of nonce data.
    Nonce => "nonce_data",
    /// Generic Secure Password Method (RFC 6467): data of the method that was agreed on.
    SecurePassword => "gspm_data",
    /// Puzzle Solution (RFC 8019 §8.2).
    PuzzleSolution => "puzzle_solution_data",
}
