// Pingbot-grpc answers !ping with pong in a Parlance room, over gRPC: pingbot-grpc [HOST:PORT] [NICKNAME]
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

// Every call gets 10 s, but for the feed.
const timeouts = `{"methodConfig": [{"name": [{"service": "parlance.v1.ChatService"}], "timeout": "10s"}, {"name": [{"service": "parlance.v1.ChatService", "method": "Subscribe"}]}]}`

var worthRetrying = []string{"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL"}

// reasonOf tells why a call failed. The detail is nil if the room never saw the call.
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
	answer, err := b.Login(ctx, &parlancev1.LoginRequest{Nickname: b.nickname, RequestId: rand.Text()})
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+answer.GetToken()), err
}

// run logs in and follows the feed, after a break from the place where it was lost, until ctx is cancelled.
func (b *bot) run(ctx context.Context) error {
	authorized, err := b.login(ctx)
	for ; err == nil; b.tries++ {
		if broken := b.listen(authorized); ctx.Err() != nil {
			_, err := b.Logout(context.WithoutCancel(authorized), &parlancev1.LogoutRequest{})
			return err
		} else if reason, detail := reasonOf(broken); reason == "NOT_LOGGED_IN" {
			authorized, err = b.login(ctx)
		} else if detail != nil && !slices.Contains(worthRetrying, reason) {
			return broken
		} else {
			explain(broken)
			time.Sleep(max(detail.GetRetryDelay().AsDuration(), min(15*time.Second, 500*time.Millisecond<<min(b.tries, 5))))
		}
	}
	return err
}

// listen follows the feed until it breaks.
func (b *bot) listen(ctx context.Context) error {
	feed, err := b.Subscribe(ctx, &parlancev1.SubscribeRequest{After: b.cursor})
	for answer := new(parlancev1.SubscribeResponse); err == nil; {
		if answer, err = feed.Recv(); err == nil {
			err = b.hear(ctx, answer.GetEvent())
		}
	}
	return err
}

func (b *bot) hear(ctx context.Context, event *parlancev1.Event) (err error) {
	// The event's cursor names the answer: an event that is heard again after a break is not answered twice.
	if hello := event.GetHello(); hello != nil {
		fmt.Printf("%s as %s\n", map[bool]string{false: "online", true: "back"}[hello.GetResumed()], b.nickname)
	} else if said := event.GetMessage(); said.GetText() == "!ping" {
		_, err = b.Broadcast(ctx, &parlancev1.BroadcastRequest{Text: said.GetSender() + ": pong", RequestId: event.GetCursor()})
	} else if said := event.GetPrivateMessage(); said.GetText() == "!ping" {
		_, err = b.SendTo(ctx, &parlancev1.SendToRequest{Nickname: said.GetSender(), Text: "pong", RequestId: event.GetCursor()})
	}
	if _, detail := reasonOf(err); err != nil && detail == nil {
		return err // The connection broke: the event is heard again on the next one.
	} else if err != nil {
		explain(err)
	}
	b.cursor, b.tries = cmp.Or(event.GetCursor(), b.cursor), 0
	return nil
}

func main() {
	args := append(os.Args[1:], []string{"127.0.0.1:12231", "pingbot"}[min(len(os.Args)-1, 2):]...)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Without pings a connection that was cut in silence looks like a quiet room.
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
