//! Payloads whose body is one run of octets (RFC 2408 §3.7, §3.11, §3.12; RFC 3547).

opaque! {
    /// Key Exchange (RFC 2408 §3.7): the public value. Its group stands in the SA payload.
    KeyExchange => "key_exchange_data",
    /// Hash (RFC 2408 §3.11).
    Hash => "hash_data",
    /// Signature (RFC 2408 §3.12).
    Signature => "signature_data",
    /// Proof of Possession (RFC 3547; RFC 6407 retired it).
    ProofOfPossession => "pop_data",
}
