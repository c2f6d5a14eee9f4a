// Pingbot-connect replies pong to !ping in a Parlance room, over Connect: pingbot-connect [URL] [NICKNAME]
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"connectrpc.com/connect"
	parlancev1 "example.com/parlance/gen/parlance/v1"
	"example.com/parlance/gen/parlance/v1/parlancev1connect"
)

var worthRetrying = []string{"RATE_LIMITED", "TOO_SLOW", "SHUTTING_DOWN", "STORE_UNAVAILABLE"}

// reasonOf returns the reason for which a call failed. The detail is nil if the call never reached the room.
func reasonOf(err error) (string, *parlancev1.ErrorDetail) {
	if failed := new(connect.Error); errors.As(err, &failed) && len(failed.Details()) == 1 {
		value, _ := failed.Details()[0].Value()
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
	response, err := b.Login(ctx, &parlancev1.LoginRequest{Nickname: b.nickname, RequestId: rand.Text()})
	b.token, b.patience = response.GetToken(), response.GetLimits().GetHeartbeatInterval().AsDuration()*5/2
	return err
}

// run logs in and reads the feed, resuming it after each disconnection, until ctx is cancelled.
func (b *bot) run(ctx context.Context) error {
	err := b.login(ctx)
	for ; err == nil; b.pause = min(2*b.pause, 15*time.Second) {
		if ended := b.readFeed(ctx); ctx.Err() != nil {
			_, err := b.Logout(context.WithoutCancel(ctx), &parlancev1.LogoutRequest{})
			return err
		} else if reason, detail := reasonOf(ended); reason == "NOT_LOGGED_IN" {
			err = b.login(ctx)
		} else if detail != nil && !slices.Contains(worthRetrying, reason) {
			return ended
		} else {
			explain(ended)
			time.Sleep(max(detail.GetRetryDelay().AsDuration(), b.pause))
		}
	}
	return err
}

// readFeed reads the feed until it ends, or is silent for two and a half heartbeat intervals.
func (b *bot) readFeed(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(b.patience, cancel)
	feed, err := b.Subscribe(ctx, &parlancev1.SubscribeRequest{After: b.cursor})
	for err == nil && feed.Receive() {
		silence.Reset(b.patience)
		err = b.handle(ctx, feed.Msg())
	}
	if err == nil {
		err = feed.Err()
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
	b.cursor, b.pause = cmp.Or(cursorOf(response), b.cursor), time.Second/2
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
