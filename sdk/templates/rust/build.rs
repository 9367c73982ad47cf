fn main() {
    // A host never unloads a plugin, and must not by mistake.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
