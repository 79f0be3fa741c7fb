//! "Life Type" of phase 1 (RFC 2409 appendix A) and "SA Life Type" of phase 2 (RFC 2407 §4.5).

wire_enum! {
    /// Unit of Life Duration in phase 1.
    pub struct LifeType(u16) {
        SECONDS = 1 => "seconds",
        KILOBYTES = 2 => "kilobytes",
    }
    ranges { 0 => Reserved, 3..=65000 => Unassigned, 65001..=65535 => PrivateUse }
}

wire_enum! {
    /// Unit of SA Life Duration in phase 2.
    pub struct SaLifeType(u16) {
        SECONDS = 1 => "seconds",
        KILOBYTES = 2 => "kilobytes",
    }
    ranges { 0 => Reserved, 3..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}
