//! A JSON tree that borrows from its text, keeps key order and keeps numbers as written.
