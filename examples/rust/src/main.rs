//! Answers !ping with pong in a Parlance room, over gRPC: pingbot [URL] [NICKNAME]

mod parlance {
    tonic::include_proto!("parlance.v1");
}

use parlance::chat_service_client::ChatServiceClient;
use parlance::event::Kind;
use parlance::{BroadcastRequest, ErrorDetail, LoginRequest, LogoutRequest, SendToRequest, SubscribeRequest};
use prost::Message;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tonic::{Request, Status, transport::Channel};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const WORTH_RETRYING: [&str; 5] = ["RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL"];

/// Why a call failed. No detail: the room never saw the call.
fn reason_of(error: &Status) -> (String, Option<ErrorDetail>) {
    let status = tonic_types::pb::Status::decode(error.details()).unwrap_or_default();
    let packed = status.details.iter().find(|any| any.type_url.ends_with("/parlance.v1.ErrorDetail"));
    match packed.and_then(|any| ErrorDetail::decode(any.value.as_slice()).ok()) {
        Some(detail) => (detail.reason().as_str_name().replace("ERROR_REASON_", ""), Some(detail)),
        None => (format!("{:?}", error.code()), None),
    }
}

fn explain(error: &Status) {
    println!("{}: {}", reason_of(error).0, error.message());
}

struct PingBot {
    chat: ChatServiceClient<Channel>,
    nickname: String,
    token: String,
    cursor: String,
    tries: u32,
}

impl PingBot {
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {}", self.token).parse().expect("ASCII"));
        request
    }

    async fn login(&mut self) -> Result<(), Status> {
        let request_id = std::iter::repeat_with(fastrand::alphanumeric).take(32).collect();
        let request = self.request(LoginRequest { nickname: self.nickname.clone(), request_id });
        self.chat.login(request).await.map(|answer| self.token = answer.into_inner().token)
    }

    /// Follows the feed, and after a break from the place where it was lost.
    async fn run(&mut self) -> Result<(), Status> {
        self.login().await?;
        loop {
            let broken = self.listen().await.err().unwrap_or(Status::unknown("the feed ended"));
            self.tries += 1;
            match reason_of(&broken) {
                (reason, _) if reason == "NOT_LOGGED_IN" => self.login().await?,
                (reason, Some(_)) if !WORTH_RETRYING.contains(&reason.as_str()) => return Err(broken),
                (_, detail) => {
                    explain(&broken);
                    let asked = detail.and_then(|detail| detail.retry_delay).unwrap_or_default();
                    let pause = Duration::from_millis(500 << self.tries.min(5)).mul_f64(0.5 + fastrand::f64() / 2.0);
                    tokio::time::sleep(pause.max(asked.try_into().unwrap_or_default())).await;
                }
            }
        }
    }

    async fn listen(&mut self) -> Result<(), Status> {
        let request = self.request(SubscribeRequest { after: self.cursor.clone(), backlog: 0 });
        let mut feed = self.chat.subscribe(request).await?.into_inner();
        while let Some(answer) = feed.message().await? {
            let event = answer.event.unwrap_or_default();
            // The event's cursor names the answer: hearing it again after a break does not answer it twice.
            match self.hear(event.kind, event.cursor.clone()).await {
                Err(error) if reason_of(&error).1.is_some() => explain(&error),
                heard => heard?,
            }
            (self.tries, self.cursor) = (0, Some(event.cursor).filter(|it| !it.is_empty()).unwrap_or(self.cursor.clone()));
        }
        Ok(())
    }

    async fn hear(&mut self, kind: Option<Kind>, request_id: String) -> Result<(), Status> {
        match kind {
            Some(Kind::Hello(hello)) => println!("{} as {}", if hello.resumed { "back" } else { "online" }, self.nickname),
            Some(Kind::Message(said)) if said.text == "!ping" => {
                let answer = BroadcastRequest { text: format!("{}: pong", said.sender), request_id };
                self.chat.broadcast(self.request(answer)).await?;
            }
            Some(Kind::PrivateMessage(said)) if said.text == "!ping" => {
                let answer = SendToRequest { nickname: said.sender, text: "pong".into(), request_id };
                self.chat.send_to(self.request(answer)).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or("http://127.0.0.1:12231".into());
    let nickname = std::env::args().nth(2).unwrap_or("pingbot".into());
    // Without pings a connection that was cut in silence looks like a quiet room.
    let endpoint = Channel::from_shared(url)?.timeout(CALL_TIMEOUT).http2_keep_alive_interval(Duration::from_secs(15));
    let chat = ChatServiceClient::new(endpoint.connect_lazy());
    let mut bot = PingBot { chat, nickname, token: String::new(), cursor: String::new(), tries: 0 };
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = bot.run() => ended.inspect_err(explain)?,
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    bot.chat.logout(bot.request(LogoutRequest {})).await?;
    Ok(println!("left"))
}
