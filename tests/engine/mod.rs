//! The tests of the engine, in whichever scope the file that includes this one runs them.

mod cases;
mod client;
mod timers;
