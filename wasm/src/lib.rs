//! Prackle as it travels to the browser: the engine of `src/browser`, with what std would bring.
//!
//! std's way to panic formats a message and asks for hooks, for which there is nobody here: the wasm
//! is larger by a fifth with it. A panic is a trap (the face tells the application), and
//! all the text that panics would have told is left out.
#![cfg(target_arch = "wasm32")]
#![no_std]

use core::panic::PanicInfo;
use dlmalloc::GlobalDlmalloc;
use prackle as _;

/// The allocator that std has for this target.
#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
