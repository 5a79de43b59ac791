//! The allocator of the wasm.

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

/// Takes and gives back in constant time, whatever was taken before; a fifth of the code of the
/// standard library's.
#[global_allocator]
static ALLOCATOR: GlobalTlsf<Sizes> = GlobalTlsf::new();

struct Sizes;

impl GlobalTlsfOptions for Sizes {
    // What grows in place is not worth the code that lets it: it cannot be measured.
    const ENABLE_REALLOCATION: bool = false;
}
