// Pingbot-connect answers !ping with pong in a Parlance room, over Connect: pingbot-connect [URL] [NICKNAME]
package main

import (
	"cmp"
	"connectrpc.com/connect"
	"context"
	"crypto/rand"
	"errors"
	parlancev1 "example.com/parlance/gen/parlance/v1"
	"example.com/parlance/gen/parlance/v1/parlancev1connect"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

var worthRetrying = []string{"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE", "ROOM_FULL"}

// reasonOf tells why a call failed. The detail is nil if the room never saw the call.
func reasonOf(err error) (string, *parlancev1.ErrorDetail) {
	if answer := new(connect.Error); errors.As(err, &answer) && len(answer.Details()) == 1 {
		value, _ := answer.Details()[0].Value()
		if detail, ok := value.(*parlancev1.ErrorDetail); ok {
			return strings.TrimPrefix(detail.GetReason().String(), "ERROR_REASON_"), detail
		}
	}
	return connect.CodeOf(err).String(), nil
}

func explain(err error) {
	reason, _ := reasonOf(err)
	fmt.Println(reason+":", err)
}

type bot struct {
	parlancev1connect.ChatServiceClient
	nickname, cursor, token string
	patience, pause         time.Duration
}

func (b *bot) RoundTrip(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(request)
}

func (b *bot) login(ctx context.Context) error {
	answer, err := b.Login(ctx, &parlancev1.LoginRequest{Nickname: b.nickname, RequestId: rand.Text()})
	b.token, b.patience = answer.GetToken(), answer.GetLimits().GetHeartbeatInterval().AsDuration()*5/2
	return err
}

// run logs in and follows the feed, after a break from the place where it was lost, until ctx is cancelled.
func (b *bot) run(ctx context.Context) error {
	err := b.login(ctx)
	for ; err == nil; b.pause = min(2*b.pause, 15*time.Second) {
		if broken := b.listen(ctx); ctx.Err() != nil {
			_, err := b.Logout(context.WithoutCancel(ctx), &parlancev1.LogoutRequest{})
			return err
		} else if reason, detail := reasonOf(broken); reason == "NOT_LOGGED_IN" {
			err = b.login(ctx)
		} else if detail != nil && !slices.Contains(worthRetrying, reason) {
			return broken
		} else {
			explain(broken)
			time.Sleep(max(detail.GetRetryDelay().AsDuration(), b.pause))
		}
	}
	return err
}

// listen follows the feed until it breaks, or is silent for two and a half heartbeats.
func (b *bot) listen(ctx context.Context) error {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	silence := time.AfterFunc(b.patience, cut)
	feed, err := b.Subscribe(ctx, &parlancev1.SubscribeRequest{After: b.cursor})
	for err == nil && feed.Receive() {
		silence.Reset(b.patience)
		err = b.hear(ctx, feed.Msg().GetEvent())
	}
	if err == nil {
		err = feed.Err()
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
	b.cursor, b.pause = cmp.Or(event.GetCursor(), b.cursor), time.Second/2
	return nil
}

func main() {
	args := append(os.Args[1:], []string{"http://127.0.0.1:12231", "pingbot"}[min(len(os.Args)-1, 2):]...)
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	b := &bot{nickname: args[1], pause: time.Second / 2}
	b.ChatServiceClient = parlancev1connect.NewChatServiceClient(&http.Client{Transport: b}, args[0])
	if err := b.run(ctx); err != nil {
		explain(err)
		os.Exit(1)
	}
	fmt.Println("left")
}
