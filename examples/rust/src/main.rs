//! Replies pong to !ping in a Parlance room, over gRPC: pingbot [URL] [NICKNAME]

mod parlance {
    tonic::include_proto!("parlance.v1");
}

use parlance::chat_service_client::ChatServiceClient;
use parlance::event::Kind;
use parlance::subscribe_response::Item;
use parlance::{BroadcastRequest, LoginRequest, LogoutRequest, SendToRequest, SubscribeRequest};
use parlance::{CaughtUp, ErrorDetail, Event, Gap, Goodbye, Heartbeat, Hello};
use prost::Message;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tonic::{Request, Status, transport::Channel};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const WORTH_RETRYING: [&str; 4] = ["RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE"];

/// Why a call failed. No detail: the call never reached the room.
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
        let nickname = self.nickname.clone();
        // The fields that it does not name, and those that the schema may gain, have their defaults.
        let request = self.request(LoginRequest { nickname, request_id, ..Default::default() });
        self.chat.login(request).await.map(|response| self.token = response.into_inner().token)
    }

    /// Reads the feed, resuming it after each disconnection.
    async fn run(&mut self) -> Result<(), Status> {
        self.login().await?;
        loop {
            let ended = self.read_feed().await.err().unwrap_or(Status::unknown("the feed ended"));
            self.tries += 1;
            match reason_of(&ended) {
                (reason, _) if reason == "NOT_LOGGED_IN" => self.login().await?,
                (reason, Some(_)) if !WORTH_RETRYING.contains(&reason.as_str()) => return Err(ended),
                (_, detail) => {
                    explain(&ended);
                    let requested = detail.and_then(|detail| detail.retry_delay).unwrap_or_default();
                    let pause = Duration::from_millis(500 << self.tries.min(5)).mul_f64(0.5 + fastrand::f64() / 2.0);
                    tokio::time::sleep(pause.max(requested.try_into().unwrap_or_default())).await;
                }
            }
        }
    }

    async fn read_feed(&mut self) -> Result<(), Status> {
        let request = self.request(SubscribeRequest { after: self.cursor.clone(), ..Default::default() });
        let mut feed = self.chat.subscribe(request).await?.into_inner();
        while let Some(response) = feed.message().await? {
            // None: an item that this version of the bot does not know.
            if let Some(item) = response.item {
                self.handle(&item).await?;
                (self.tries, self.cursor) = (0, cursor_of(item));
            }
        }
        Ok(())
    }

    async fn handle(&mut self, item: &Item) -> Result<(), Status> {
        match item {
            Item::Hello(hello) => println!("{} as {}", if hello.resumed { "back" } else { "online" }, self.nickname),
            Item::Event(event) => match self.reply(event).await {
                // Without a detail the connection broke: the resumed feed delivers the event again.
                Err(error) if reason_of(&error).1.is_some() => explain(&error),
                replied => replied?,
            },
            _ => {}
        }
        Ok(())
    }

    /// Replies to !ping. The event's id is the idempotency key: an event that is delivered again has one reply.
    async fn reply(&mut self, event: &Event) -> Result<(), Status> {
        let request_id = event.id.clone();
        match &event.kind {
            Some(Kind::GroupMessage(message)) if message.text == "!ping" => {
                let reply = BroadcastRequest { text: format!("{}: pong", message.sender), request_id, ..Default::default() };
                self.chat.broadcast(self.request(reply)).await?;
            }
            Some(Kind::PrivateMessage(message)) if message.text == "!ping" => {
                // The id pins the person: the nickname may have another holder by now.
                let (recipient, recipient_id) = (message.sender.clone(), message.sender_id.clone());
                let text = "pong".into();
                let reply = SendToRequest { recipient, recipient_id, text, request_id, ..Default::default() };
                self.chat.send_to(self.request(reply)).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// The position that each item of a feed carries.
fn cursor_of(item: Item) -> String {
    match item {
        Item::Event(Event { cursor, .. })
        | Item::Hello(Hello { cursor, .. })
        | Item::CaughtUp(CaughtUp { cursor, .. })
        | Item::Heartbeat(Heartbeat { cursor })
        | Item::Gap(Gap { cursor, .. })
        | Item::Goodbye(Goodbye { cursor, .. }) => cursor,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or("http://127.0.0.1:12231".into());
    let nickname = std::env::args().nth(2).unwrap_or("pingbot".into());
    // Without pings, a connection that was lost silently looks like a quiet room.
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
