//! The development server's process: options, one port, one runtime, and an end at Ctrl-C.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::serve::ListenerExt;
use clap::Parser;
use prackle_server::cli::Options;
use prackle_server::start;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime does not start: {error}")),
    };
    match runtime.block_on(run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => fail(&line),
    }
}

fn fail(line: &str) -> ExitCode {
    eprintln!("prackle-server: {line}");
    ExitCode::FAILURE
}

async fn run(options: Options) -> Result<(), String> {
    let listener = listen(options.listen).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let (router, sip) = start(&options, address)?;
    announce(&options, address)?;
    let listener = listener.tap_io(|connection| {
        // Signalling is many small frames; a connection that refuses this still works.
        drop(connection.set_nodelay(true));
    });
    tokio::select! {
        served = axum::serve(listener, router) => served.map_err(|error| error.to_string()),
        ended = sip => Err(ended.map_or_else(|error| error.to_string(), |()| "the SIP part ended".to_owned())),
        () = interrupted() => Ok(()),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {} is taken; stop what runs there, or choose another one: --listen {}:0 takes any free port",
            address.port(),
            address.ip()
        ),
        _ => format!("cannot listen on {address}: {error}"),
    })
}

fn announce(options: &Options, address: SocketAddr) -> Result<(), String> {
    println!("Prackle is ready: http://{address}/");
    println!("  SIP over WebSocket: ws://{address}/ws, domain {}", options.domain);
    let demo: Vec<_> = options.demo_users().iter().map(|user| format!("{}:{}", user.name, user.password)).collect();
    if !demo.is_empty() {
        println!("  Demo users (name:password): {}", demo.join(" "));
    }
    let own: Vec<_> = options.own_users()?.iter().map(|user| user.name.clone()).collect();
    if !own.is_empty() {
        println!("  Further users: {}", own.join(" "));
    }
    println!("  Numbers to call: {}", prackle_server::endpoint::NUMBERS.map(|(number, _)| number).join(" "));
    if !address.ip().is_loopback() {
        println!("  It listens beyond this machine, without encryption: for tests in a trusted network only.");
    }
    Ok(())
}

/// Ctrl-C, or the signal that asks a process to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}
