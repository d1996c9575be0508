//! The `flowbatch` command.

fn main() -> std::process::ExitCode {
    flowbatch::cli::main()
}
