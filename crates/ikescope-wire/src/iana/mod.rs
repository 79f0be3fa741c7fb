//! The protocol numbers, one file per registry. Every number is an open newtype: unknown is a value.

mod exchange_type;
mod key_exchange;
mod notify_type;
mod payload_type;
mod protocol_id;
mod transform;

pub use exchange_type::ExchangeType;
pub use key_exchange::KeyExchangeMethod;
pub use notify_type::NotifyType;
pub use payload_type::PayloadType;
pub use protocol_id::ProtocolId;
pub use transform::{AttributeType, TransformType};
