//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // A position-independent program tells the loader which of its words are addresses. Packed, that is half a
        // megabyte less, all of which would be read at the start and stay resident. Needs glibc 2.36 or musl 1.2.4;
        // a linker that does not know it leaves it out with a warning.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
