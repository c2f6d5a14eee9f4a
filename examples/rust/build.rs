//! Generates the client from the schema; protox is a compiler in Rust, so no protoc needs to be installed.

const SCHEMA: &str = "../../proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={SCHEMA}");
    let files = protox::compile(["parlance/v1/chat_service.proto", "parlance/v1/errors.proto"], [SCHEMA])?;
    tonic_prost_build::configure().build_server(false).compile_fds(files)?;
    Ok(())
}
