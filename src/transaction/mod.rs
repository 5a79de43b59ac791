//! placeholder while the transaction layer is being written
