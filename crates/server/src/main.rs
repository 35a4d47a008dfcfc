//! The program `parlor`: see the library of this package for what it does, and `parlor --help` for how to use it.

fn main() -> std::process::ExitCode {
    parlor_server::main()
}
