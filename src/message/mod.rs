//! placeholder while the message layer is being written
