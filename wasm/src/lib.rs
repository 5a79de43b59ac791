//! Prackle as it travels to the browser: the engine of `src/browser`, with what std would bring.
//!
//! std's way to panic formats a message and asks for hooks, for which there is nobody here: the wasm
//! is larger by a fifth with it. A panic is a trap (the face tells the application), and
//! all the text that panics would have told is left out.
#![cfg(target_arch = "wasm32")]
#![no_std]

use core::panic::PanicInfo;
use prackle as _;
use rlsf::{GlobalTlsf, GlobalTlsfOptions};

/// Takes and gives back in constant time, whatever was taken before; a fifth of dlmalloc's code.
#[global_allocator]
static ALLOCATOR: GlobalTlsf<Sizes> = GlobalTlsf::new();

struct Sizes;

impl GlobalTlsfOptions for Sizes {
    // What grows in place is not worth the code that lets it: it cannot be measured.
    const ENABLE_REALLOCATION: bool = false;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
