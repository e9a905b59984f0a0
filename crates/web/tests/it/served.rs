//! The server itself: it listens, says where, refuses a taken port, and stops in order.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use web::{ServeOptions, serve};

use crate::shop;

fn listen(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

async fn asked(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_until_it_is_told_to_stop() {
    let shop = shop::empty().await;
    let (ready, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let on_ready = Box::new(move |address| ready.send(address).unwrap());
    let options = ServeOptions { listen: listen(0), on_ready };
    let server = tokio::spawn(serve(shop.app.clone(), options, async {
        let _ = stopped.await;
    }));
    let address = address.await.unwrap();
    assert!(asked(address).await.starts_with("HTTP/1.1 200"));

    let taken = ServeOptions { listen: address, on_ready: Box::new(|_| panic!("the port is taken")) };
    let problem = serve(shop.app.clone(), taken, async {}).await.unwrap_err();
    assert_eq!(problem.code, "port_taken");
    assert!(problem.hint.contains("--listen"), "{}", problem.hint);

    // Somebody who says nothing must not hold the server.
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /retention HTTP/1.1\r\nhost: local").await.unwrap();
    let began = Instant::now();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), server).await.expect("it stops within ten seconds").unwrap().unwrap();
    println!("stopped after {:?}", began.elapsed());
    assert!(TcpStream::connect(address).await.is_err(), "nothing new is taken");
}
