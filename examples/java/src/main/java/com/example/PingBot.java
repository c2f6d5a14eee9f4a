package com.example;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.*;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.util.*;
import java.util.concurrent.TimeUnit;
import parlance.v1.ChatServiceGrpc;
import parlance.v1.ChatServiceGrpc.ChatServiceBlockingStub;
import parlance.v1.ChatServiceOuterClass.*;
import parlance.v1.Errors.ErrorDetail;
import parlance.v1.EventOuterClass.Event;

/** Replies pong to !ping in a Parlance room, over gRPC. Arguments: [HOST:PORT] [NICKNAME] */
public final class PingBot {
  private static final Set<String> WORTH_RETRYING = Set.of("RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private final Metadata headers = new Metadata();
  private final ChatServiceBlockingStub chat;
  private final String nickname;
  private volatile boolean leaving;
  private String cursor = "";
  private int tries;

  private PingBot(Channel channel, String nickname) {
    chat = ChatServiceGrpc.newBlockingStub(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    this.nickname = nickname;
  }

  private ChatServiceBlockingStub timed() {
    return chat.withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  /** Null if the call never reached the room. */
  private static ErrorDetail detailOf(StatusRuntimeException error) throws InvalidProtocolBufferException {
    var details = StatusProto.fromThrowable(error).getDetailsList();
    return details.isEmpty() ? null : details.get(0).unpack(ErrorDetail.class);
  }

  private static String reasonOf(StatusRuntimeException error) throws InvalidProtocolBufferException {
    if (detailOf(error) == null) return error.getStatus().getCode().name();
    return detailOf(error).getReason().name().replace("ERROR_REASON_", "");
  }

  private static void explain(StatusRuntimeException error) throws InvalidProtocolBufferException {
    System.out.println(reasonOf(error) + ": " + error.getStatus().getDescription());
  }

  private void login() {
    var request = LoginRequest.newBuilder().setNickname(nickname).setRequestId(UUID.randomUUID().toString()).build();
    headers.discardAll(AUTHORIZATION);
    headers.put(AUTHORIZATION, "Bearer " + timed().login(request).getToken());
  }

  /** Reads the feed, resuming it after each disconnection. */
  private void readFeed() throws Exception {
    while (!leaving) {
      try {
        var request = SubscribeRequest.newBuilder().setAfter(cursor).build();
        for (var feed = chat.subscribe(request); feed.hasNext(); ) handle(feed.next());
      } catch (StatusRuntimeException error) {
        if (!leaving) recover(error);
      }
    }
  }

  /** Returns when a retry can succeed; throws the error if none will. */
  private void recover(StatusRuntimeException error) throws Exception {
    var detail = detailOf(error);
    if (reasonOf(error).equals("NOT_LOGGED_IN")) login();
    else if (detail != null && !WORTH_RETRYING.contains(reasonOf(error))) throw error;
    else explain(error);
    var retryDelayMs = detail == null ? 0 : detail.getRetryDelay().getSeconds() * 1000;
    Thread.sleep(retryDelayMs + (long) ((500 << Math.min(++tries, 5)) * new Random().nextDouble(0.5, 1)));
  }

  private void handle(SubscribeResponse response) throws InvalidProtocolBufferException {
    if (response.hasHello()) {
      System.out.println((response.getHello().getResumed() ? "back as " : "online as ") + nickname);
    } else if (response.hasEvent()) {
      try {
        reply(response.getEvent());
      } catch (StatusRuntimeException error) {
        if (detailOf(error) == null) throw error; // The connection broke: the resumed feed delivers the event again.
        explain(error);
      }
    }
    tries = 0;
    cursor = cursorOf(response);
  }

  /** Replies to !ping. The event's id is the idempotency key: an event that is delivered again has one reply. */
  private void reply(Event event) {
    if (event.getGroupMessage().getText().equals("!ping")) {
      var text = event.getGroupMessage().getSender() + ": pong";
      timed().broadcast(BroadcastRequest.newBuilder().setText(text).setRequestId(event.getId()).build());
    } else if (event.getPrivateMessage().getText().equals("!ping")) {
      var message = event.getPrivateMessage();
      // The id pins the person: the nickname may have another holder by now.
      var whom = SendToRequest.newBuilder().setRecipient(message.getSender()).setRecipientId(message.getSenderId());
      timed().sendTo(whom.setText("pong").setRequestId(event.getId()).build());
    }
  }

  /** The position that each item of a feed carries. */
  private String cursorOf(SubscribeResponse response) {
    return switch (response.getItemCase()) {
      case EVENT -> response.getEvent().getCursor();
      case HELLO -> response.getHello().getCursor();
      case CAUGHT_UP -> response.getCaughtUp().getCursor();
      case HEARTBEAT -> response.getHeartbeat().getCursor();
      case GAP -> response.getGap().getCursor();
      case GOODBYE -> response.getGoodbye().getCursor();
      case ITEM_NOT_SET -> cursor; // An item that this version of the bot does not know.
    };
  }

  private void leave() {
    leaving = true;
    timed().logout(LogoutRequest.getDefaultInstance());
    System.out.println("left");
  }

  public static void main(String[] args) throws Exception {
    var address = args.length > 0 ? args[0] : "127.0.0.1:12231";
    // Without pings, a connection that was lost silently looks like a quiet room.
    var channel = ManagedChannelBuilder.forTarget(address).usePlaintext().keepAliveTime(15, TimeUnit.SECONDS).build();
    var bot = new PingBot(channel, args.length > 1 ? args[1] : "pingbot");
    try {
      bot.login();
      Runtime.getRuntime().addShutdownHook(new Thread(bot::leave));
      bot.readFeed();
    } catch (StatusRuntimeException error) {
      explain(error);
      Runtime.getRuntime().halt(1); // Without the hook: no one is logged in.
    }
  }
}
