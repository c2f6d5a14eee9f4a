// Pingbot-grpc replies pong to !ping in a Parlance room, over gRPC: pingbot-grpc [HOST:PORT] [NICKNAME]
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	parlancev1 "example.com/parlance/gen/parlance/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Every call has a deadline of 10 s, except the feed.
const timeouts = `{"methodConfig": [{"name": [{"service": "parlance.v1.ChatService"}], "timeout": "10s"}, {"name": [{"service": "parlance.v1.ChatService", "method": "Subscribe"}]}]}`

var worthRetrying = []string{"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE"}

// reasonOf returns the reason for which a call failed. The detail is nil if the call never reached the room.
func reasonOf(err error) (string, *parlancev1.ErrorDetail) {
	for _, packed := range status.Convert(err).Details() {
		if detail, ok := packed.(*parlancev1.ErrorDetail); ok {
			return strings.TrimPrefix(detail.GetReason().String(), "ERROR_REASON_"), detail
		}
	}
	return status.Code(err).String(), nil
}

func explain(err error) {
	reason, _ := reasonOf(err)
	fmt.Println(reason+":", status.Convert(err).Message())
}

type bot struct {
	parlancev1.ChatServiceClient
	nickname, cursor string
	tries            int
}

func (b *bot) login(ctx context.Context) (context.Context, error) {
	response, err := b.Login(ctx, &parlancev1.LoginRequest{Nickname: b.nickname, RequestId: rand.Text()})
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+response.GetToken()), err
}

// run logs in and reads the feed, resuming it after each disconnection, until ctx is cancelled.
func (b *bot) run(ctx context.Context) error {
	authorized, err := b.login(ctx)
	for ; err == nil; b.tries++ {
		if ended := b.readFeed(authorized); ctx.Err() != nil {
			_, err := b.Logout(context.WithoutCancel(authorized), &parlancev1.LogoutRequest{})
			return err
		} else if reason, detail := reasonOf(ended); reason == "NOT_LOGGED_IN" {
			authorized, err = b.login(ctx)
		} else if detail != nil && !slices.Contains(worthRetrying, reason) {
			return ended
		} else {
			explain(ended)
			time.Sleep(max(detail.GetRetryDelay().AsDuration(), min(15*time.Second, 500*time.Millisecond<<min(b.tries, 5))))
		}
	}
	return err
}

// readFeed reads the feed until it ends.
func (b *bot) readFeed(ctx context.Context) error {
	feed, err := b.Subscribe(ctx, &parlancev1.SubscribeRequest{After: b.cursor})
	for response := new(parlancev1.SubscribeResponse); err == nil; {
		if response, err = feed.Recv(); err == nil {
			err = b.handle(ctx, response)
		}
	}
	return err
}

func (b *bot) handle(ctx context.Context, response *parlancev1.SubscribeResponse) (err error) {
	switch item := response.GetItem().(type) {
	case *parlancev1.SubscribeResponse_Hello:
		fmt.Printf("%s as %s\n", map[bool]string{false: "online", true: "back"}[item.Hello.GetResumed()], b.nickname)
	case *parlancev1.SubscribeResponse_Event:
		err = b.reply(ctx, item.Event)
	}
	if _, detail := reasonOf(err); err != nil && detail == nil {
		return err // The connection broke: the feed delivers the event again once it has resumed.
	} else if err != nil {
		explain(err)
	}
	b.cursor, b.tries = cmp.Or(cursorOf(response), b.cursor), 0
	return nil
}

// reply replies to !ping. The id of the event is the idempotency key, so that an event that is delivered again is not
// replied to twice. SenderId pins the person: the nickname may have another holder by now.
func (b *bot) reply(ctx context.Context, event *parlancev1.Event) (err error) {
	if message := event.GetGroupMessage(); message.GetText() == "!ping" {
		_, err = b.Broadcast(ctx, &parlancev1.BroadcastRequest{Text: message.GetSender() + ": pong", RequestId: event.GetId()})
	} else if message := event.GetPrivateMessage(); message.GetText() == "!ping" {
		_, err = b.SendTo(ctx, &parlancev1.SendToRequest{
			Recipient: message.GetSender(), RecipientId: message.GetSenderId(), Text: "pong", RequestId: event.GetId(),
		})
	}
	return err
}

// cursorOf returns the position that each item of a feed carries; empty for an item that this version does not know.
func cursorOf(r *parlancev1.SubscribeResponse) string {
	return cmp.Or(r.GetEvent().GetCursor(), r.GetHello().GetCursor(), r.GetCaughtUp().GetCursor(),
		r.GetHeartbeat().GetCursor(), r.GetGap().GetCursor(), r.GetGoodbye().GetCursor())
}

func main() {
	args := append(os.Args[1:], []string{"127.0.0.1:12231", "pingbot"}[min(len(os.Args)-1, 2):]...)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Without pings, a connection that was lost silently looks like a quiet room.
	pings := grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 15 * time.Second, Timeout: 5 * time.Second})
	cleartext := grpc.WithTransportCredentials(insecure.NewCredentials())
	conn, err := grpc.NewClient(args[0], cleartext, pings, grpc.WithDefaultServiceConfig(timeouts))
	if err == nil {
		err = (&bot{parlancev1.NewChatServiceClient(conn), args[1], "", 0}).run(ctx)
	}
	if err != nil {
		explain(err)
		os.Exit(1)
	}
	fmt.Println("left")
}
