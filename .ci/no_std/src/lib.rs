//! Builds only if ikescope-wire and all it depends on do without `std` (which would bring a second
//! panic handler) and without `alloc` (which would ask for an allocator).
#![no_std]

pub use ikescope_wire::Message;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
