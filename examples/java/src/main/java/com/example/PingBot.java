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
import parlance.v1.Error.ErrorDetail;
import parlance.v1.EventOuterClass.Event;

/** Answers !ping with pong in a Parlance room, over gRPC. Arguments: [HOST:PORT] [NICKNAME] */
public final class PingBot {
  private static final Set<String> WORTH_RETRYING = Set.of("RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL");
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

  /** Null if the room never saw the call. */
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

  /** Follows the feed, and after a break from the place where it was lost. */
  private void listen() throws Exception {
    while (!leaving) {
      try {
        var request = SubscribeRequest.newBuilder().setAfter(cursor).build();
        for (var feed = chat.subscribe(request); feed.hasNext(); ) hear(feed.next().getEvent());
      } catch (StatusRuntimeException error) {
        if (!leaving) recover(error);
      }
    }
  }

  /** Returns when another try can succeed; throws the error if none will. */
  private void recover(StatusRuntimeException error) throws Exception {
    var detail = detailOf(error);
    if (reasonOf(error).equals("NOT_LOGGED_IN")) login();
    else if (detail != null && !WORTH_RETRYING.contains(reasonOf(error))) throw error;
    else explain(error);
    var askedMs = detail == null ? 0 : detail.getRetryDelay().getSeconds() * 1000;
    Thread.sleep(askedMs + (long) ((500 << Math.min(++tries, 5)) * new Random().nextDouble(0.5, 1)));
  }

  private void hear(Event event) throws InvalidProtocolBufferException {
    // The event's cursor names the answer: an event that is heard again after a break is not answered twice.
    var id = event.getCursor();
    try {
      if (event.hasHello()) {
        System.out.println((event.getHello().getResumed() ? "back as " : "online as ") + nickname);
      } else if (event.getMessage().getText().equals("!ping")) {
        var text = event.getMessage().getSender() + ": pong";
        timed().broadcast(BroadcastRequest.newBuilder().setText(text).setRequestId(id).build());
      } else if (event.getPrivateMessage().getText().equals("!ping")) {
        var sender = event.getPrivateMessage().getSender();
        timed().sendTo(SendToRequest.newBuilder().setNickname(sender).setText("pong").setRequestId(id).build());
      }
    } catch (StatusRuntimeException error) {
      if (detailOf(error) == null) throw error; // The connection broke: the next one brings the event again.
      explain(error);
    }
    tries = 0;
    cursor = id.isEmpty() ? cursor : id;
  }

  private void leave() {
    leaving = true;
    timed().logout(LogoutRequest.getDefaultInstance());
    System.out.println("left");
  }

  public static void main(String[] args) throws Exception {
    var address = args.length > 0 ? args[0] : "127.0.0.1:12231";
    // Without pings a connection that was cut in silence looks like a quiet room.
    var channel = ManagedChannelBuilder.forTarget(address).usePlaintext().keepAliveTime(15, TimeUnit.SECONDS).build();
    var bot = new PingBot(channel, args.length > 1 ? args[1] : "pingbot");
    try {
      bot.login();
      Runtime.getRuntime().addShutdownHook(new Thread(bot::leave));
      bot.listen();
    } catch (StatusRuntimeException error) {
      explain(error);
      Runtime.getRuntime().halt(1); // Without the hook: there is nobody to log out.
    }
  }
}
