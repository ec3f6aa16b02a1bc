package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"sync"
	"time"
	"unsafe"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// consumes says whether a message is consumed: every failEvery-th fails, until its times are failTimes.
func consumes(c command, m *primitive.MessageExt) bool {
	every := c.number("failEvery", 0)
	number, err := strconv.Atoi(m.GetProperty("x-number"))
	return every == 0 || err != nil || number%every != 0 || int(m.ReconsumeTimes) >= c.number("failTimes", 0)
}

func options(c command) []consumer.Option {
	more := []consumer.Option{
		consumer.WithNsResolver(resolver),
		consumer.WithGroupName(c.text("group", "")),
		consumer.WithInstance(c.text("name", "")),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
		consumer.WithMaxReconsumeTimes(int32(c.number("maxTimes", -1))),
		consumer.WithConsumerOrder(c.is("orderly")),
	}
	if c.is("broadcast") {
		more = append(more, consumer.WithConsumerModel(consumer.BroadCasting))
	}
	if c.is("trace") {
		more = append(more, consumer.WithTrace(traceConfig(c)))
	}
	return more
}

func selector(c command) consumer.MessageSelector {
	return consumer.MessageSelector{Type: consumer.TAG, Expression: c.text("tags", "*")}
}

func joined(c command, start int64) {
	model, order := "clustering", "none"
	if c.is("broadcast") {
		model = "broadcasting"
	}
	if c.is("orderly") {
		order = "queue"
	}
	line{"kind": "join", "client": c.text("name", ""), "group": c.text("group", ""), "topic": c.text("topic", ""),
		"outcome": "ok", "tags": c.text("tags", "*"), "model": model, "order": order}.from(start).write()
}

func left(c command, start int64) {
	line{"kind": "leave", "client": c.text("name", ""), "group": c.text("group", ""), "topic": c.text("topic", ""),
		"outcome": "ok"}.from(start).write()
}

func received(c command, mq *primitive.MessageQueue, m *primitive.MessageExt, consumed bool, start int64) {
	outcome := "failed"
	if consumed {
		outcome = "ok"
	}
	line{"kind": "receive", "client": c.text("name", ""), "group": c.text("group", ""), "outcome": outcome,
		"topic": mq.Topic, "broker": mq.BrokerName, "queue": mq.QueueId}.message(m).from(start).write()
}

// startPush starts a push consumer: concurrent or orderly, of a group that shares the messages or one in which each
// gets all.
func startPush(c command) (func() error, error) {
	push, err := rocketmq.NewPushConsumer(options(c)...)
	if err != nil {
		return nil, err
	}
	listener := func(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		// The queue it really lies in: the message itself, when it comes again, names the topic it was sent to first.
		var mq primitive.MessageQueue
		if orderly, is := primitive.GetOrderlyCtx(ctx); is {
			mq = orderly.MQ
			orderly.SuspendCurrentQueueTimeMillis = c.number("suspendMs", 100)
		} else if concurrent, is := primitive.GetConcurrentlyCtx(ctx); is {
			mq = concurrent.MQ
		}
		all := true
		for _, m := range messages {
			start, consumed := nowUs(), consumes(c, m)
			all = all && consumed
			received(c, &mq, m, consumed, start)
		}
		if all {
			return consumer.ConsumeSuccess, nil
		}
		if c.is("orderly") {
			return consumer.SuspendCurrentQueueAMoment, nil
		}
		return consumer.ConsumeRetryLater, nil
	}
	if err := push.Subscribe(c.text("topic", ""), selector(c), listener); err != nil {
		return nil, err
	}
	start := nowUs()
	if err := push.Start(); err != nil {
		return nil, err
	}
	joined(c, start)
	done := make(chan struct{})
	go watchQueues(c, push, done)
	return func() error {
		close(done)
		start := nowUs()
		err := push.Shutdown()
		left(c, start)
		return err
	}, nil
}

// watchQueues tells which queues a consumer holds, whenever that changed. The library has no event for it.
func watchQueues(c command, of interface{}, done chan struct{}) {
	told := "none yet"
	for {
		held := heldBy(of, c.is("orderly"))
		if now := fmt.Sprint(held); now != told {
			line{"kind": "queues", "client": c.text("name", ""), "group": c.text("group", ""), "outcome": "ok",
				"queues": held}.from(nowUs()).write()
			told = now
		}
		select {
		case <-done:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// heldBy looks into the library's own table, because what it would tell by a call changes its offsets.
func heldBy(of interface{}, orderly bool) [][]interface{} {
	field := reflect.Indirect(reflect.ValueOf(of)).FieldByName("processQueueTable")
	table := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Interface().(*sync.Map)
	held := [][]interface{}{}
	table.Range(func(key, value interface{}) bool {
		mq := key.(primitive.MessageQueue)
		state := value.(interface {
			IsDroppd() bool
			IsLock() bool
		})
		if !state.IsDroppd() && (state.IsLock() || !orderly) {
			held = append(held, []interface{}{mq.Topic, mq.BrokerName, mq.QueueId})
		}
		return true
	})
	sort.Slice(held, func(a, b int) bool { return fmt.Sprint(held[a]...) < fmt.Sprint(held[b]...) })
	return held
}

// startPull starts what the library has for lite pull: a pull consumer that shares the queues with its group.
func startPull(c command) (func() error, error) {
	pull, err := rocketmq.NewPullConsumer(options(c)...)
	if err != nil {
		return nil, err
	}
	if err := pull.Subscribe(c.text("topic", ""), selector(c)); err != nil {
		return nil, err
	}
	start := nowUs()
	if err := pull.Start(); err != nil {
		return nil, err
	}
	joined(c, start)
	done, ended := make(chan struct{}), make(chan struct{})
	go watchQueues(c, pull, done)
	go poll(c, pull, done, ended)
	return func() error {
		close(done)
		<-ended
		start := nowUs()
		err := pull.Shutdown()
		left(c, start)
		return err
	}, nil
}

func poll(c command, pull rocketmq.PullConsumer, done, ended chan struct{}) {
	defer close(ended)
	for {
		select {
		case <-done:
			return
		default:
		}
		request, err := pull.Poll(context.Background(), 200*time.Millisecond)
		if consumer.IsNoNewMsgError(err) {
			continue
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		for _, m := range request.GetMsgList() {
			received(c, request.GetMQ(), m, true, nowUs())
		}
		pull.ACK(context.Background(), request, consumer.ConsumeSuccess)
	}
}

// startReplier answers each request with `reply to BODY`.
func startReplier(c command) (func() error, error) {
	answering, err := newSender(command{c.id, c.verb, map[string]string{
		"name": c.text("name", "") + "-producer", "group": c.text("group", "") + "_producer"}})
	if err != nil {
		return nil, err
	}
	push, err := rocketmq.NewPushConsumer(options(c)...)
	if err != nil {
		return nil, err
	}
	listener := func(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, m := range messages {
			reply, err := consumer.CreateReplyMessage(m, nil)
			if err == nil {
				reply.Body = []byte("reply to " + string(m.Body)) // the library takes the body for properties
				_, err = answering.producer.SendSync(ctx, reply)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return consumer.ConsumeRetryLater, nil
			}
		}
		return consumer.ConsumeSuccess, nil
	}
	if err := push.Subscribe(c.text("topic", ""), selector(c), listener); err != nil {
		return nil, err
	}
	if err := push.Start(); err != nil {
		return nil, err
	}
	return func() error {
		if err := push.Shutdown(); err != nil {
			return err
		}
		return answering.stop()
	}, nil
}
